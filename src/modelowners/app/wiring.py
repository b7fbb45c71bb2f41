"""Wiring: the one place that knows which parts fill which ports."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from modelowners.app.settings import Settings
from modelowners.core.time import Clock, SystemClock

if TYPE_CHECKING:
    from modelowners.catalog.files import Catalog
    from modelowners.store.database import Database


@dataclass
class Program:
    """
    One run of the program: each part is made when a command first asks for it.

    The imports stand inside the properties so that a command pays only for
    what it uses (`tests/architecture/test_imports.py`).
    """

    settings: Settings
    clock: Clock = field(default_factory=SystemClock)

    @classmethod
    def start(
        cls,
        *,
        file: str | None = None,
        state: str | None = None,
        user: str | None = None,
    ) -> Program:
        """Wire a program for these flags and the environment."""
        return cls(Settings.read(file=file, state=state, user=user))

    @cached_property
    def catalog(self) -> Catalog:
        """The ownership file, read and resolved."""
        from modelowners.catalog import load  # noqa: PLC0415

        return load(self.settings.existing_file())

    @cached_property
    def database(self) -> Database:
        """The state database, made or migrated on first use."""
        from modelowners.store.database import Database  # noqa: PLC0415

        return Database.open(self.settings.state_folder() / "state.db")
