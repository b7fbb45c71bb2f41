"""Wiring: the one place that knows which parts fill which ports."""

from __future__ import annotations

import difflib
import importlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from modelowners.app.settings import Settings
from modelowners.core.errors import BadFacet, InputError
from modelowners.core.facets import Facet, nearest
from modelowners.core.ids import AssetId, ChangeId, asset_id
from modelowners.core.time import Clock, ShiftedClock, SystemClock
from modelowners.ledger.changes import Change, Who

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from modelowners.app.chains import Journal
    from modelowners.app.intake import Intake
    from modelowners.app.repository import Inbox, Revisions
    from modelowners.app.revisions import Revision
    from modelowners.catalog import FacetReader
    from modelowners.catalog.files import Catalog
    from modelowners.catalog.lineage import Lineage
    from modelowners.catalog.owners import Ownership
    from modelowners.catalog.ports import AuthorshipSource
    from modelowners.connectors.registry import Connectors
    from modelowners.connectors.transport import Outside
    from modelowners.detection.checks.results import CheckResult
    from modelowners.detection.findings import Finding
    from modelowners.diagnosis.causes import Diagnosis
    from modelowners.incidents.ports import Board, Notifier, Receiver
    from modelowners.incidents.repository import Incidents
    from modelowners.incidents.sightings import Sighting
    from modelowners.ledger.repository import Ledger
    from modelowners.measurement.ports import TicketTable
    from modelowners.measurement.repository import Tickets
    from modelowners.measurement.ticketmap import TicketMap
    from modelowners.observations.engines.duckdb.engine import DuckDBEngine
    from modelowners.observations.logs import PredictionLog
    from modelowners.remediation.ports import ModelRegistry, Trigger
    from modelowners.remediation.repository import Fixes
    from modelowners.store.database import Database, Upgrade


FACETS: Mapping[str, str] = {
    "checks": "modelowners.detection.checks:read_checks",
    "expect": "modelowners.detection.claims:read_claims",
    "fix": "modelowners.remediation.declaration:read_fix",
    "predictions": "modelowners.observations.declaration:read_log",
    "reference": "modelowners.observations.declaration:check_reference",
    "registry": "modelowners.ledger.registrations:read_registration",
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


class UnknownRegistry(InputError):
    """
    No model registry "{name}" is set up{nearest}.

    Declare it in {place}, for instance `connectors: {{mlflow: {{url: …}}}}`.
    """


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
        settings = Settings.read(file=file, state=state, user=user)
        clock = SystemClock() if settings.now is None else ShiftedClock(settings.now)
        return cls(settings, clock)

    def beside(self, *, user: str | None = None, anew: bool = False) -> Program:
        """
        Wire another program over the same state, for one request of a server.

        Parameters
        ----------
        user : str or None
            Who acts; None: as settings have it.
        anew : bool
            Whether it reads the ownership file again, or shares what was read.
        """
        settings = replace(self.settings, user=user or self.settings.user)
        other = Program(settings, clock=self.clock, keeps=self.keeps)
        other.database = self.database
        if not anew:
            other.catalog, other.lineage = self.catalog, self.lineage
            other.connectors = self.connectors
        return other

    @cached_property
    def catalog(self) -> Catalog:
        """The ownership file, read and resolved."""
        from modelowners.catalog import load  # noqa: PLC0415

        return load(self.settings.existing_file())

    @cached_property
    def database(self) -> Database:
        """The state database, made or migrated on first use."""
        from modelowners.store.database import Database  # noqa: PLC0415

        return Database.open(self.settings.database())

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
    def tickets(self) -> Tickets:
        """Timelines imported from other tools."""
        from modelowners.measurement.repository import Tickets  # noqa: PLC0415

        return Tickets(self.database)

    def ticket_table(self, place: Path) -> TicketTable:
        """Open another tool's export: CSV, gzipped or not, or Parquet."""
        from modelowners.connectors.tickets import open_table  # noqa: PLC0415

        return open_table(place)

    def ticket_map(self, place: Path) -> TicketMap:
        """Read the map that tells what an export's columns mean."""
        from modelowners.connectors.tickets import read_form  # noqa: PLC0415

        return read_form(place)

    @cached_property
    def notifiers(self) -> Mapping[str, Notifier]:
        """Sinks by name: of every connector that is one and is set up."""
        modules = {name: self.connectors.load(name) for name in self.connectors.names()}
        makers = {name: getattr(m, "notifier", None) for name, m in modules.items()}
        catalog, outside = self.catalog, self.outside
        made = {name: make(catalog, outside) for name, make in makers.items() if make}
        return {name: sink for name, sink in made.items() if sink is not None}

    @cached_property
    def inbox(self) -> Inbox:
        """What other systems posted."""
        from modelowners.app.repository import Inbox  # noqa: PLC0415

        return Inbox(self.database, self.clock)

    @cached_property
    def receivers(self) -> Mapping[str, Receiver]:
        """Receivers by name: of every connector that has one and is set up."""
        modules = {name: self.connectors.load(name) for name in self.connectors.names()}
        makers = {name: getattr(m, "receiver", None) for name, m in modules.items()}
        parts = (self.catalog, self.outside, self.inbox)
        made = {name: make(*parts) for name, make in makers.items() if make}
        return {name: one for name, one in made.items() if one is not None}

    @cached_property
    def fixes(self) -> Fixes:
        """Every fix, and who is applying one."""
        from modelowners.remediation.repository import Fixes  # noqa: PLC0415

        return Fixes(self.database)

    @cached_property
    def registries(self) -> Mapping[str, ModelRegistry]:
        """Model registries by name: of every connector that is one and is set up."""
        modules = {name: self.connectors.load(name) for name in self.connectors.names()}
        makers = [getattr(m, "model_registries", None) for m in modules.values()]
        made = [make(self.catalog, self.outside) for make in makers if make]
        return {name: one for found in made for name, one in found.items()}

    def registry(self, name: str) -> ModelRegistry:
        """
        Give a model registry by its name.

        Raises
        ------
        UnknownRegistry
            If there is none.
        """
        found = self.registries.get(name)
        if found is None:
            raise UnknownRegistry(
                name=name,
                nearest=nearest(name, self.registries),
                place=self.settings.file,
            )
        return found

    @cached_property
    def trigger(self) -> Trigger:
        """What runs the commands that owners declared."""
        from modelowners.app.settings import program_path  # noqa: PLC0415
        from modelowners.connectors.command import Runner  # noqa: PLC0415

        secrets = self.outside.secrets
        return Runner(self.catalog.root, secrets=secrets, path=program_path())

    def wait(self, length: timedelta) -> None:
        """Let time pass."""
        threading.Event().wait(length.total_seconds())

    def measure_fixes(self, sighting: Sighting) -> None:
        """Carry the fixes of a model's incidents as far as a look shows."""
        from modelowners.app.following import measure  # noqa: PLC0415

        measure(self, sighting)

    def check_candidate(self, model: AssetId, version: str) -> tuple[CheckResult, ...]:
        """Run the owner's checks on the rows of one version."""
        from modelowners.app.checking import check  # noqa: PLC0415

        return check(self, model, candidate=version)

    @cached_property
    def boards(self) -> tuple[Board, ...]:
        """Where incidents are shown: by every connector that has such a place."""
        modules = [self.connectors.load(name) for name in self.connectors.names()]
        makers = [getattr(module, "boards", None) for module in modules]
        parts = (self.catalog, self.outside)
        return tuple(board for make in makers if make for board in make(*parts))

    def refused_sections(self) -> tuple[BadFacet, ...]:
        """Give what is wrong under ``connectors``, and each ``notify`` without sink."""
        catalog = self.catalog
        section = catalog.sections.get("connectors")
        teams = [team for team in catalog.organisation.teams.values() if team.notify]
        named = [(address, team.node) for team in teams for address in team.notify]
        refused = self.connectors.refused_sections(section) if section else ()
        return (*refused, *(self.connectors.refused_sinks(named) if named else ()))

    @cached_property
    def outside(self) -> Outside:
        """What connectors may use of the world outside: one HTTP client, secrets."""
        from modelowners.app.settings import read_secrets  # noqa: PLC0415
        from modelowners.connectors.transport import Outside, Transport  # noqa: PLC0415

        secrets = read_secrets(self.catalog.root)
        transport = Transport(self.settings.allow_private, secrets=secrets)
        return Outside(transport, secrets, self.clock)

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
        catalog, outside = self.catalog, self.outside
        sources = [one for make in makers if make for one in make(catalog, outside)]
        return take_in(sources, ledger=self.ledger, clock=self.clock)

    @cached_property
    def revisions(self) -> Revisions:
        """Which catalog was in force when."""
        from modelowners.app.repository import Revisions  # noqa: PLC0415

        return Revisions(self.database)

    def record_revision(self) -> tuple[Revision, bool]:
        """Keep which catalog is in force; tell it, and whether it is new."""
        from modelowners.app.revisions import Revision  # noqa: PLC0415
        from modelowners.connectors.git import landed  # noqa: PLC0415

        catalog, now = self.catalog, self.clock.now()
        commit, since = landed(catalog.root, catalog.files) or (None, now)
        new = Revision(catalog.digest, commit, since, now)
        body = {name: node.plain() for name, node in catalog.sections.items()}
        return new, self.revisions.record(new, body=body)

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

    def served_version(self, model: AssetId, at: datetime) -> str | None:
        """Say which version a model's newest row names; None where none does."""
        from modelowners.core.time import DAY, TimeWindow  # noqa: PLC0415
        from modelowners.observations.profiles import NULL  # noqa: PLC0415

        window = TimeWindow(at - 28 * DAY, at)
        found = self.engine.versions(self.log(model), window, rows=1, as_of=at) or {}
        named = [version for version in found if version != NULL]
        return named[0] if named else None

    def resolve(self, asset: AssetId, at: datetime) -> Ownership:
        """Tell whose an asset is at an instant, under the catalog as it is now."""
        from modelowners.catalog import resolve  # noqa: PLC0415

        return resolve(self.catalog, asset, at)

    @property
    def journals(self) -> Mapping[str, Journal]:
        """Everything that is chained, by its table."""
        return {"changes": self.ledger, "events": self.incidents, "audit": self.fixes}

    def upgrade_state(self) -> Upgrade:
        """Bring the schema to this release's, contractions included."""
        from modelowners.store.database import Database  # noqa: PLC0415

        return Database.upgrade(self.settings.database())

    def has_state(self) -> bool:
        """Tell whether there is a state database to read: asking makes none."""
        if "database" in self.__dict__:  # it is open
            return True
        from modelowners.store.database import home_of  # noqa: PLC0415

        return home_of(self.settings.database(make=False)).exists()

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
