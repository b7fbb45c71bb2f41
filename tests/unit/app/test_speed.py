from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from incident_worlds import FLEET, MODEL, NOON, WEATHER, World, cause, read_catalog
from speed_worlds import timeline

from modelowners.app.handling import act
from modelowners.app.loop import turn
from modelowners.app.moves import acking, confirming, refusing, resolving
from modelowners.app.repository import Revisions
from modelowners.app.revisions import Revision
from modelowners.app.scenes import Build, Request
from modelowners.app.settings import Settings
from modelowners.app.speed import Measured, command, measure, owners_on_record
from modelowners.catalog import resolve
from modelowners.catalog.owners import Ownership
from modelowners.core.ids import AssetId
from modelowners.core.time import DAY, EPOCH, HOUR
from modelowners.diagnosis.causes import CauseKind
from modelowners.incidents.incident import CloseReason
from modelowners.ledger.changes import Who
from modelowners.measurement.cohorts import Question
from modelowners.measurement.repository import Tickets
from modelowners.measurement.timelines import Step


@dataclass
class Records(World):
    """A world whose records a report reads."""

    folder: Path = Path()
    state: bool = True

    @property
    def settings(self) -> Settings:
        return Settings(self.folder / "modelowners.yaml", self.folder / "state")

    @property
    def tickets(self) -> Tickets:
        return Tickets(self.database)

    @property
    def known_revisions(self) -> Revisions:
        return Revisions(self.database)

    def has_state(self) -> bool:
        return self.state

    def resolve(self, asset: AssetId, at: datetime) -> Ownership:
        return resolve(self.catalog, asset, at)

    def go(self, who: str, build: Build, minutes: int) -> None:
        """Let a person act some minutes later."""
        self.clock.advance(timedelta(minutes=minutes))
        self.user = Who(who)
        act(self, Request(incident=self.incidents.within()[-1].id), build)

    def measure(self, as_of: datetime | None = None) -> Measured:
        """Measure as of an instant, by default just after the last act."""
        asked = Question(as_of=as_of or self.clock.now() + timedelta(seconds=1))
        return measure(_Seen(self), asked)


class _Seen:
    """The records as a report may see them."""

    def __init__(self, world: Records) -> None:
        self.settings, self.catalog = world.settings, world.catalog
        self.incidents, self.tickets = world.incidents, world.tickets
        self.revisions, self.resolve = world.known_revisions, world.resolve
        self.has_state = world.has_state


@pytest.fixture
def records(tmp_path: Path) -> Records:
    """An incident that the model's owner passed on and the feed's owner fixed."""
    world = Records(read_catalog(tmp_path), folder=tmp_path)
    second = cause(0.45, team="fleet", person="fay", asset=FLEET, rank=2)
    world.make_sick(cause(0.5), second)
    turn(world, as_of=NOON)
    world.go("ana", acking(), 4)
    world.go("ana", refusing("not ours", to="feeds", rank=None), 9)
    world.go("cy", acking(), 3)
    world.go("cy", confirming(rank=None, asset=WEATHER, kind=CauseKind.OFFSET), 5)
    world.go("cy", resolving(CloseReason.FIXED, ""), 30)
    return world


def test_an_incident_of_the_loop_is_measured_step_by_step(records: Records) -> None:
    (course,) = records.measure().report.courses
    assert (course.incident, course.model, course.team) == ("INC-1", MODEL, "feeds")
    told = {taken.step: taken.since_detected_h for taken in course.steps}
    minutes = {step: round(60 * h) for step, h in told.items() if h is not None}
    assert minutes == {
        Step.DETECTED: 0,
        Step.NOTIFIED: 0,
        Step.ACKED: 4,
        Step.CAUSE_PROPOSED: 0,
        Step.OWNER_ENGAGED: 16,
        Step.CAUSE_CONFIRMED: 21,
        Step.RESOLVED: 51,
    }
    assert course.hours == pytest.approx(51 / 60)


def test_few_incidents_give_no_figures_until_they_are_old_and_many(
    records: Records,
) -> None:
    found = records.measure().report
    assert found.time_to_fix.median_h is None
    assert found.hours.parts["nobody"] is None  # type: ignore[index]  # a StrEnum's own text
    later = records.measure(NOON + 30 * DAY).report
    assert later.hours.parts["another_team"] == pytest.approx(13 / 51)  # type: ignore[index]  # the same
    assert later.routing.right_by == {"cause": 1.0, "resolver": 0.0}
    assert (later.routing.kept, later.routing.tosses) == (0.0, 1.0)


def test_imports_and_our_own_log_stand_together(records: Records) -> None:
    one = timeline("T-1", opened=NOON, last_at=NOON)
    records.tickets.keep([one], digest="sha256:9", at=NOON, notes={})
    found = records.measure(NOON + 30 * DAY).report
    assert found.counts.incidents == 2
    assert found.reproduce.imports == ("tickets sha256:9",)
    assert found.reproduce.catalog == records.catalog.digest


def test_what_is_recorded_later_is_not_known_earlier(records: Records) -> None:
    early = records.measure(NOON + HOUR / 4).report
    assert early.counts.open == 1
    assert early.courses[0].team == "feeds"
    assert records.measure(NOON).report.counts.incidents == 0


def test_asking_makes_no_state(tmp_path: Path) -> None:
    world = Records(read_catalog(tmp_path), folder=tmp_path, state=False)
    assert world.measure().report.counts.incidents == 0


def test_without_an_ownership_file_the_resolver_counts(
    records: Records, tmp_path: Path
) -> None:
    (tmp_path / "modelowners.yaml").unlink()
    found = records.measure(NOON + 30 * DAY).report
    assert found.routing.right_by == {"cause": 0.0, "resolver": 1.0}
    assert found.reproduce.catalog is None


def test_who_owned_what_is_read_from_recorded_files(records: Records) -> None:
    revisions = records.known_revisions
    for day, owner in ((0, "none"), (9, "risk")):
        at = NOON + day * DAY
        body = {"owns": {"model:*": {"owner": owner, "tier": 1}}}
        assert revisions.record(Revision(f"sha256:{day}", None, at, at), body=body)
    contents = revisions.contents()
    assert owners_on_record(contents, ["model:eta"]) == {"model:eta": NOON + 9 * DAY}


Contents = tuple[tuple[datetime, object], ...]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"owns": {"model:eta": {"owner": "risk"}}}, EPOCH),
        ({"owns": {"*": {"owner": "risk"}, "model:eta": {"tier": 1}}}, EPOCH),
        ({"owns": {"*": {"owner": "risk"}, "model:eta": {"owner": "none"}}}, None),
        ({"owns": {"model:et": {"owner": "risk"}}}, None),
        ({}, None),
        ({"owns": ["model:eta"]}, None),
        ("hostile", None),
    ],
)
def test_the_nearest_key_that_names_an_owner_decides(
    content: object, expected: datetime | None
) -> None:
    found = owners_on_record(((NOON, content),), ["model:eta"])
    assert found == {"model:eta": expected}


def test_the_command_asks_the_same_again() -> None:
    asked = Question(
        as_of=NOON,
        since=NOON - DAY,
        cap=30 * HOUR,
        teams=frozenset({"b", "a b"}),
        without=frozenset({"desk"}),
        severities=frozenset({"sev1"}),
        seed=3,
    )
    assert command(asked) == (
        "modelowners report speed --as-of 2026-06-10T12:00:00Z "
        "--since 2026-06-09T12:00:00Z --team 'a b' --team b --exclude-team desk "
        "--severity sev1 --cap 30h --seed 3"
    )
    assert "--cap 7d" in command(Question(as_of=NOON, cap=7 * DAY))
