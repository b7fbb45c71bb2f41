"""What every command shares: JSON on stdout, narration on stderr, the program."""

from __future__ import annotations

import dataclasses
import enum
import json
import math
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from modelowners.core.time import format_instant

if TYPE_CHECKING:
    from modelowners.app.wiring import Program


def program(ctx: click.Context) -> Program:
    """Give the program, wired for this command's options and environment."""
    from modelowners.app.wiring import Program  # noqa: PLC0415 - --help stays light

    options: Mapping[str, str | None] = ctx.find_root().obj or {}
    return Program.start(
        file=options.get("file"), state=options.get("state"), user=options.get("user")
    )


def print_json(value: object) -> None:
    """Print a value as JSON, keys in the order of their declaration."""
    click.echo(json.dumps(plain(value), ensure_ascii=False, indent=2))


def plain(value: object) -> object:
    """
    Turn a value into JSON's types: instants in UTC, NaN as null, figures to 10 digits.

    Examples
    --------
    >>> plain({"at": float("nan"), "n": 1 / 3})
    {'at': None, 'n': 0.3333333333}
    """
    if isinstance(value, enum.Enum):
        return plain(value.value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = dataclasses.fields(value)
        return {field.name: plain(getattr(value, field.name)) for field in fields}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    return _scalar(value)


def _scalar(value: object) -> object:
    if isinstance(value, datetime):
        return format_instant(value)
    if isinstance(value, date | Path):
        return str(value)
    if isinstance(value, timedelta):
        return _scalar(value.total_seconds())
    if isinstance(value, float):
        shown = float(f"{value:.10g}")
        return shown if math.isfinite(shown) else None
    return value


def narrate(text: str) -> None:
    """Say something to the person, on stderr."""
    click.echo(text, err=True)
