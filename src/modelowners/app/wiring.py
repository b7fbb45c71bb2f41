"""Wiring: the one place that knows which parts fill which ports."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from modelowners.app.settings import Settings
from modelowners.core.errors import InputError
from modelowners.core.facets import Facet, nearest
from modelowners.core.ids import AssetId, ChangeId, asset_id
from modelowners.core.time import Clock, SystemClock
from modelowners.ledger.changes import Change, Who

if TYPE_CHECKING:
    from datetime import datetime

    from modelowners.app.intake import Intake
    from modelowners.app.revisions import Revision
    from modelowners.catalog import FacetReader
    from modelowners.catalog.files import Catalog
    from modelowners.catalog.lineage import Lineage
    from modelowners.catalog.owners import Ownership
    from modelowners.catalog.ports import AuthorshipSource
    from modelowners.connectors.registry import Connectors
    from modelowners.detection.findings import Finding
    from modelowners.diagnosis.causes import Diagnosis
    from modelowners.incidents.ports import Notifier
    from modelowners.incidents.repository import Incidents
    from modelowners.ledger.repository import Ledger
    from modelowners.observations.engines.duckdb.engine import DuckDBEngine
    from modelowners.observations.logs import PredictionLog
    from modelowners.store.database import Database


FACETS: Mapping[str, str] = {
    "checks": "modelowners.detection.checks:read_checks",
    "expect": "modelowners.detection.claims:read_claims",
    "predictions": "modelowners.observations.declaration:read_log",
    "reference": "modelowners.observations.declaration:check_reference",
}
"""The function (``module:name``) that reads each facet; `lint` walks this list."""


class UnknownPerson(InputError):
    """No person "{name}" in the ownership file{nearest}."""


class UnknownAsset(InputError):
    """
    No asset "{asset}" in {place}{nearest}.

    Add it under `owns:`, or correct the id.
    """


class UnknownChange(InputError):
    """No change "{id}" in the ledger; `modelowners changes` lists them."""


class NoLog(InputError):
    """
    {model} declares no prediction log in {place}.

    Add `predictions: {{source: …}}` to its entry.
    """


@dataclass
class Program:
    """
    One run of the program: each part is made when a command first asks for it.

    The imports stand inside the properties so that a command pays only for
    what it uses (`tests/architecture/test_imports.py`).

    Parameters
    ----------
    settings : Settings
        Where the file and the state are, and who acts.
    clock : Clock
        Tells what is now.
    keeps : bool
        Whether reading a log may make the state database to keep profiles in;
        False for commands that only look. One that is there is used by all.
    """

    settings: Settings
    clock: Clock = field(default_factory=SystemClock)
    keeps: bool = True

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

    @cached_property
    def ledger(self) -> Ledger:
        """Every change of every asset."""
        from modelowners.ledger.repository import Ledger  # noqa: PLC0415

        return Ledger(self.database)

    @cached_property
    def incidents(self) -> Incidents:
        """Every incident, and what is still to be told."""
        from modelowners.incidents.repository import Incidents  # noqa: PLC0415

        return Incidents(self.database)

    @cached_property
    def notifiers(self) -> Mapping[str, Notifier]:
        """Sinks by name: of every connector that is one and is set up."""
        modules = {name: self.connectors.load(name) for name in self.connectors.names()}
        makers = {name: getattr(m, "notifier", None) for name, m in modules.items()}
        made = {name: make(self.catalog) for name, make in makers.items() if make}
        return {name: sink for name, sink in made.items() if sink is not None}

    @cached_property
    def connectors(self) -> Connectors:
        """Every installed connector, none of them loaded yet."""
        from modelowners.connectors.registry import Connectors  # noqa: PLC0415

        return Connectors()

    @cached_property
    def acting(self) -> Who:
        """
        The person at the keyboard: as named, else by git's e-mail address.

        Raises
        ------
        UnknownPerson
            If somebody is named who is not in the ownership file.
        """
        from modelowners.connectors.git import acting_email  # noqa: PLC0415

        named = self.settings.user
        who = self.person(named or acting_email(self.catalog.root) or "")
        if named and who.person is None:
            raise UnknownPerson(name=named, nearest=nearest(named, self.catalog.people))
        return who

    def person(self, raw: str) -> Who:
        """Map a name or an e-mail address to a person; nobody is guessed."""
        people = self.catalog.people
        known = {e.lower(): name for name in people for e in people[name].email}
        person = raw if raw in people else known.get(raw.lower())
        return Who(person=person, raw=raw or None)

    def asset(self, text: str) -> AssetId:
        """
        Find the asset somebody means by an id or by a foreign name for it.

        Raises
        ------
        UnknownAsset
            If the ownership file neither declares, needs nor covers it.
        """
        known = self.catalog.ids()
        asset = self.catalog.aliases.get(text) or asset_id(text)
        if asset not in known and not self.catalog.covering(asset):
            close = difflib.get_close_matches(text, known, n=1)
            raise UnknownAsset(
                asset=text,
                place=self.settings.file,
                nearest=f' (did you mean "{close[0]}"?)' if close else "",
            )
        return asset

    def existing_change(self, id: ChangeId) -> Change:  # noqa: A002 - the field's name
        """
        Find a change by its id.

        Raises
        ------
        UnknownChange
            If the ledger does not hold it.
        """
        found = self.ledger.get(id)
        if found is None:
            raise UnknownChange(id=id)
        return found

    def take_in(self, only: str | None = None) -> Intake:
        """Read what every connector, or only one, knows of changes."""
        from modelowners.app.intake import take_in  # noqa: PLC0415

        names = [only] if only else self.connectors.names()
        modules = [self.connectors.load(name) for name in names]
        makers = [getattr(module, "change_sources", None) for module in modules]
        sources = [one for make in makers if make for one in make(self.catalog)]
        return take_in(sources, ledger=self.ledger, clock=self.clock)

    def record_revision(self) -> tuple[Revision, bool]:
        """Keep which catalog is in force; tell it, and whether it is new."""
        from modelowners.app.repository import Revisions  # noqa: PLC0415
        from modelowners.app.revisions import Revision  # noqa: PLC0415
        from modelowners.connectors.git import landed  # noqa: PLC0415

        catalog, now = self.catalog, self.clock.now()
        commit, since = landed(catalog.root, catalog.files) or (None, now)
        new = Revision(catalog.digest, commit, since, now)
        body = {name: node.plain() for name, node in catalog.sections.items()}
        return new, Revisions(self.database).record(new, body=body)

    @cached_property
    def facet_readers(self) -> Mapping[str, FacetReader]:
        """What reads each section of an asset's entry, loaded where one has it."""
        return {name: _on_first_use(place) for name, place in FACETS.items()}

    @cached_property
    def lineage(self) -> Lineage:
        """What is made from what: `needs:`, and what the logs' `upstream:` claims."""
        # Only the reader of logs: those of later stages load what `blast` never needs.
        read, catalog = _named(FACETS["predictions"]), self.catalog
        extra: dict[AssetId, tuple[AssetId, ...]] = {}
        for model in catalog.models():
            facet = catalog.asset(model).facets.get("predictions")
            if facet is not None:
                claims = getattr(read(model, facet, catalog.root), "upstream", ())
                extra[model] = tuple(claim.asset for claim in claims)
        return catalog.lineage(extra)

    @cached_property
    def engine(self) -> DuckDBEngine:
        """What reads logs; profiles are kept in the state database, see `keeps`."""
        from modelowners.observations.engines.duckdb.engine import (  # noqa: PLC0415
            DuckDBEngine,
        )
        from modelowners.observations.repository import ProfileStore  # noqa: PLC0415

        keeps = self.keeps or self.has_state()
        store = ProfileStore(lambda: self.database) if keeps else None
        return DuckDBEngine(store=store, clock=self.clock)

    def log(self, model: AssetId) -> PredictionLog:
        """
        Give a model's log as its entry declares it.

        Raises
        ------
        NoLog
            If it declares none.
        """
        from modelowners.observations import read_log  # noqa: PLC0415

        facets = self.catalog.asset(model).facets
        if "predictions" not in facets:
            raise NoLog(model=model, place=self.settings.file)
        return read_log(
            model,
            facets["predictions"],
            self.catalog.root,
            reference=facets.get("reference"),
        )

    def logs(self) -> tuple[PredictionLog, ...]:
        """Give every declared log, by model."""
        models = sorted(self.catalog.models())
        return tuple(
            self.log(model)
            for model in models
            if "predictions" in self.catalog.asset(model).facets
        )

    def resolve(self, asset: AssetId, at: datetime) -> Ownership:
        """Tell whose an asset is at an instant, under the catalog as it is now."""
        from modelowners.catalog import resolve  # noqa: PLC0415

        return resolve(self.catalog, asset, at)

    def has_state(self) -> bool:
        """Tell whether there is a state database to read: asking makes none."""
        return (self.settings.state / "state.db").is_file()

    def diagnose(
        self, model: AssetId, *, as_of: datetime
    ) -> tuple[Diagnosis, tuple[Finding, ...]]:
        """Diagnose a model as of an instant: what the loop asks each turn."""
        from modelowners.app.debugging import debug  # noqa: PLC0415

        found = debug(self, model, as_of=as_of)
        return found.diagnosis, found.findings

    def commit(self) -> str | None:
        """Give the commit that brought the ownership file as it is now, if one did."""
        from modelowners.connectors.git import landed  # noqa: PLC0415

        found = landed(self.catalog.root, self.catalog.files)
        return found[0] if found else None

    def authorship(self, folder: Path) -> AuthorshipSource:
        """Give who wrote what in the repository around a folder."""
        from modelowners.connectors.git.authorship import (  # noqa: PLC0415
            GitAuthorship,
        )

        return GitAuthorship(folder)


def _on_first_use(place: str) -> FacetReader:
    def read(asset: AssetId, facet: Facet, root: Path) -> object:
        return _named(place)(asset, facet, root)

    return read


def _named(place: str) -> FacetReader:
    module, _, name = place.partition(":")
    reader: FacetReader = getattr(importlib.import_module(module), name)
    return reader
