"""Small worlds for tests of incidents: owners, diagnoses, sinks, a virtual clock."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from modelowners.app.intake import Intake
from modelowners.app.repository import Inbox
from modelowners.catalog import load, resolve
from modelowners.catalog.files import Catalog
from modelowners.catalog.lineage import Lineage
from modelowners.core.evidence import Evidence
from modelowners.core.ids import AssetId, IncidentId, asset_id
from modelowners.core.time import (
    DAY,
    HOUR,
    Onset,
    TimeWindow,
    VirtualClock,
    parse_instant,
)
from modelowners.detection.findings import Finding, FindingClass, Harm, HarmState
from modelowners.diagnosis.causes import (
    Cause,
    CauseKind,
    CauseOwner,
    Diagnosis,
    Reference,
    Symptom,
)
from modelowners.incidents.events import Draft, EventKind
from modelowners.incidents.incident import Incident, State
from modelowners.incidents.notices import Message
from modelowners.incidents.ports import Board, Notifier, NotSent, Receipt, Receiver
from modelowners.incidents.repository import Incidents
from modelowners.incidents.sightings import Sighting
from modelowners.ledger.changes import Change, ChangeKind, Source, Who
from modelowners.ledger.repository import Ledger
from modelowners.store.database import Database

MODEL = asset_id("model:eta")
WEATHER = asset_id("dataset:weather")
FLEET = asset_id("dataset:fleet")
WILD = asset_id("dataset:wild")
NOON = parse_instant("2026-06-10T12:00Z")
ONSET_AT = parse_instant("2026-06-08T06:00Z")
ONSET = Onset(ONSET_AT, ONSET_AT - HOUR, ONSET_AT + HOUR)
WINDOW = TimeWindow.parse("2026-06-08/2026-06-10")
REFERENCE = Reference(window=TimeWindow.parse("2026-05-01/2026-06-01"), why="declared")

OWNERSHIP = """\
version: 1
people:
  ana: {email: ana@acme.example, manager: eli}
  bo: {email: bo@acme.example, manager: eli}
  cy: {email: cy@acme.example, manager: eli}
  di: {email: di@acme.example}
  eli: {email: eli@acme.example}
  fay: {email: fay@acme.example}
  gus: {email: gus@acme.example, left: 2026-01-01}
teams:
  risk: {lead: ana, deputy: bo, members: [ana, bo], notify: ["file:risk.jsonl"]}
  feeds: {lead: cy, members: [cy, di], notify: ["file:feeds.jsonl"]}
  fleet: {lead: fay, members: [fay], notify: ["console:"]}
owns:
  model:eta:
    owner: risk
    tier: 2
    needs: [dataset:weather, dataset:fleet]
    runbook: docs/eta.md
    predictions: {source: logs/*.csv}
  dataset:weather: {owner: feeds}
  dataset:fleet: {owner: fleet}
"""


def read_catalog(folder: Path, text: str = OWNERSHIP) -> Catalog:
    """Write and load an ownership file."""
    place = folder / "modelowners.yaml"
    place.write_text(text, encoding="utf-8")
    return load(place)


def cause(
    probability: float = 0.9,
    *,
    team: str | None = "feeds",
    person: str | None = "cy",
    asset: AssetId = WEATHER,
    kind: CauseKind = CauseKind.UNIT_OR_SCALE_CHANGE,
    rank: int = 1,
    change: Change | None = None,
) -> Cause:
    """A cause, by default in the weather feed."""
    return Cause(
        rank=rank,
        kind=kind,
        asset=asset,
        level="source",
        column="temp",
        columns=("temp",),
        change_id=change.id if change else None,
        onset=ONSET,
        probability=probability,
        owner=CauseOwner(team=team, person=person, why=("row claim",)),
        evidence=(Evidence("signature", "values fit 0.5556 x - 17.78", 0.99, 0.0),),
    )


def finding(**fields: object) -> Finding:
    """A harmful finding of performance."""
    found = Finding(
        asset=MODEL,
        kind=FindingClass.PERFORMANCE,
        subject="log_loss",
        before=0.3,
        after=0.4,
        unit="log_loss",
        score=9.0,
        onset=ONSET,
        harm=Harm(HarmState.MEASURED, 0.1),
    )
    return replace(found, **fields)  # type: ignore[arg-type]  # by name


def diagnosis(
    *causes: Cause,
    sick: bool = True,
    state: str = "measured",
    window: TimeWindow = WINDOW,
    model: AssetId = MODEL,
) -> Diagnosis:
    """What `debug` would answer about a model."""
    symptom = Symptom(
        metric="log_loss",
        before=0.3,
        after=0.4,
        ci=(0.39, 0.41),
        state=state,
        onset=ONSET,
        rows=1000,
    )
    return Diagnosis(
        model=model,
        window=window,
        reference=REFERENCE,
        symptom=symptom if sick else None,
        causes=causes,
    )


def sighting(
    catalog: Catalog,
    *causes: Cause,
    at: datetime = NOON,
    findings: Sequence[Finding] | None = None,
    changes: Sequence[Change] = (),
    window: TimeWindow = WINDOW,
    sick: bool = True,
    state: str = "measured",
) -> Sighting:
    """What a turn knows about the model."""
    found = diagnosis(*causes, sick=sick, state=state, window=window)
    assets = {found.model, *(one.asset for one in causes)}
    live = ((finding(),) if sick else ()) if findings is None else findings
    return Sighting(
        at=at,
        diagnosis=found,
        findings=tuple(live),
        ownership={asset: resolve(catalog, asset, at) for asset in assets},
        headline="eta has been wrong more often since 8 Jun 2026",
        changes=tuple(changes),
        catalog=catalog.digest,
    )


GUILTY = Change(
    kind=ChangeKind.CONFIG,
    asset=WEATHER,
    what="Switch to the metric feed",
    source=Source("git", "flights", "3f2a9c51"),
    recorded_at=ONSET_AT + HOUR,
    occurred_at=ONSET_AT - HOUR,
    who=Who("di", "Di <di@acme.example>"),
    before={"units": "imperial"},
    after={"units": "metric"},
    diff_text='-units = "imperial"\n+units = "metric"\n',
)


@dataclass
class Recorder:
    """A sink that keeps what it is given, or fails as it is told to."""

    taken: list[Message] = field(default_factory=list)
    failures: list[NotSent | Exception] = field(default_factory=list)

    def send(self, message: Message) -> Receipt:
        """Take the next failure from the list, or the message."""
        if self.failures:
            raise self.failures.pop(0)
        self.taken.append(message)
        return Receipt(ref=f"ref-{len(self.taken)}")

    @property
    def told(self) -> list[tuple[str, str, str | None]]:
        """Kind, target and person of each message."""
        return [
            (m.notice.kind.value, str(m.address), m.notice.person) for m in self.taken
        ]


Answer = tuple[Diagnosis, tuple[Finding, ...]]


@dataclass
class World:
    """The parts a turn needs, in memory, with scripted diagnoses."""

    catalog: Catalog
    clock: VirtualClock = field(default_factory=lambda: VirtualClock(NOON))
    answers: dict[AssetId, Answer | Exception] = field(default_factory=dict)
    database: Database = field(default_factory=lambda: Database.open(":memory:"))
    sink: Recorder = field(default_factory=Recorder)
    user: Who = field(default_factory=lambda: Who("cy"))
    revisions: int = 0
    version: str | None = "7"

    def __post_init__(self) -> None:
        self.incidents = Incidents(self.database)
        self.ledger = Ledger(self.database)
        self.inbox = Inbox(self.database, self.clock)
        self.receivers: dict[str, Receiver] = {}
        self.boards: list[Board] = []

    @property
    def notifiers(self) -> Mapping[str, Notifier]:
        """One sink under every name."""
        return dict.fromkeys(("console", "file", "email"), self.sink)

    @property
    def lineage(self) -> Lineage:
        """What is made from what."""
        return self.catalog.lineage()

    @property
    def acting(self) -> Who:
        """Who is at the keyboard."""
        return self.user

    def measure_fixes(self, sighting: Sighting) -> None:
        """Nothing is being mended."""
        del sighting

    def take_in(self) -> Intake:
        """Nothing new."""
        return Intake((), ())

    def served_version(self, model: AssetId, at: datetime) -> str | None:
        """As scripted."""
        del model, at
        return self.version

    def record_revision(self) -> object:
        """Count."""
        self.revisions += 1
        return None

    def diagnose(self, model: AssetId, *, as_of: datetime) -> Answer:
        """Answer as scripted; a model without a script is well."""
        del as_of
        found = self.answers.get(model, (diagnosis(sick=False, model=model), ()))
        if isinstance(found, Exception):
            raise found
        return found

    def happen(self, *facts: tuple[EventKind, Mapping[str, object]]) -> Incident:
        """Let events be recorded in INC-1, as a fix would record them."""
        now = self.clock.now()
        drafts = [Draft(kind=k, occurred_at=now, body=body) for k, body in facts]
        return self.incidents.append(IncidentId("INC-1"), drafts, at=now)

    def make_sick(self, *causes: Cause, window: TimeWindow = WINDOW) -> None:
        """Let the model be harmed from now on."""
        self.answers[MODEL] = (diagnosis(*causes, window=window), (finding(),))

    def make_well(self, window: TimeWindow) -> None:
        """Let the model be well in a later window."""
        self.answers[MODEL] = (diagnosis(sick=False, window=window), ())


LATER = TimeWindow(WINDOW.start, WINDOW.end + DAY)
"""The window one day on."""


def check_tenures(found: Incident) -> None:
    """Say that there is exactly one holder at each instant since the opening."""
    assert found.tenures[0].start == found.times.detected
    assert found.tenures[-1].end is None
    for one, two in itertools.pairwise(found.tenures):
        assert one.end == two.start
        assert one.start <= two.start


def check_times(found: Incident) -> None:
    """Say that a skipped state has no time, and that the known ones are in order."""
    times = found.times
    if found.state is State.OPEN:
        assert times.resolved is None
    if found.state in {State.RESOLVED, State.CLOSED}:
        assert times.resolved is not None
    if times.mitigated and times.resolved:
        assert times.mitigated <= times.resolved
    if times.owner_engaged is not None:
        assert found.confirmed is not None
    if found.state is State.MERGED:
        assert found.merged_into is not None
