"""Column types that mean the same on SQLite and PostgreSQL."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, Integer, String, Text
from sqlalchemy.types import TypeDecorator

from modelowners.core.ids import canonical_json
from modelowners.core.time import from_micros, to_micros

if TYPE_CHECKING:
    from sqlalchemy import Dialect
    from sqlalchemy.types import TypeEngine


class Instant(TypeDecorator[datetime]):
    """A UTC instant, kept as whole microseconds since 1970-01-01."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(
        self, value: datetime | None, dialect: Dialect
    ) -> int | None:
        """Turn an instant into microseconds."""
        del dialect
        return None if value is None else to_micros(value)

    def process_result_value(
        self, value: int | None, dialect: Dialect
    ) -> datetime | None:
        """Turn microseconds into an instant."""
        del dialect
        return None if value is None else from_micros(value)


class Name(TypeDecorator[str]):
    """
    A short text, compared and ordered byte by byte: an id, a kind, a person.

    PostgreSQL would else order by the language of its server, and a prefix
    could not be looked up by an index. It also refuses the character NUL,
    which is therefore kept as U+FFFD on both.
    """

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[str]:
        """Give the type to declare."""
        collation = "C" if dialect.name == "postgresql" else None
        return dialect.type_descriptor(String(collation=collation))

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Replace what PostgreSQL does not take."""
        del dialect
        return None if value is None else value.replace("\0", "\ufffd")


class Json(TypeDecorator[object]):
    """A JSON value, kept as canonical text so that equal values are equal bytes."""

    impl = Text
    cache_ok = True
    should_evaluate_none = True  # None is JSON's null, not an absent value

    def process_bind_param(self, value: object, dialect: Dialect) -> str:
        """Turn a value into canonical text."""
        del dialect
        return canonical_json(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> object:
        """Turn text into a value."""
        del dialect
        return None if value is None else json.loads(value)


# On SQLite only a column declared INTEGER is the row's own number.
RowNumber = BigInteger().with_variant(Integer(), "sqlite")
"""Number of a row, from 1."""
