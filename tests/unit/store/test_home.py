from __future__ import annotations

from modelowners.core.errors import StateError
from modelowners.store.home import Explanation, Home
from modelowners.store.postgresql import PostgresDatabase
from modelowners.store.sqlite import SqliteFile


def test_both_databases_are_homes() -> None:
    homes: list[Home] = [
        SqliteFile("state.db"),
        PostgresDatabase("postgresql://ann@db/owners"),
    ]
    assert [home.shown for home in homes] == ["state.db", "postgresql://ann@db/owners"]


def test_an_explanation_makes_an_error_a_person_can_act_on() -> None:
    told = Explanation("the disk is full", "Free some space")
    error = StateError(place="state.db", **told._asdict())
    assert str(error) == (
        "The state at state.db cannot be used: the disk is full. Free some space."
    )
