from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

from incident_worlds import MODEL, NOON, OWNERSHIP, World, read_catalog

from modelowners.app.departures import departures
from modelowners.app.loop import turn
from modelowners.core.ids import AssetId
from modelowners.core.time import HOUR, TimeWindow, parse_instant
from modelowners.incidents.notices import NoticeKind
from modelowners.ledger.changes import Change, ChangeKind, Source

T0 = parse_instant("2026-06-01")


def move(hour: int, after: str | None, *, alias: str = "champion") -> Change:
    return Change(
        kind=ChangeKind.DEPLOY,
        asset=AssetId("model:churn"),
        what=f"{alias} to {after}" if after else f"{alias} is gone",
        source=Source("mlflow", "prod", f"{alias}#{hour}", "https://ml.test/"),
        recorded_at=T0,
        observed_between=TimeWindow(T0 + hour * HOUR, T0 + (hour + 1) * HOUR),
        before={"version": "1"},
        after={"version": after} if after else {},
        path=f"alias:{alias}",
        version=after,
    )


def test_a_moved_alias_is_no_signal() -> None:
    assert departures([move(1, "2"), move(2, "3")]) == ()


def test_a_vanished_alias_fires_and_names_its_model() -> None:
    (signal,) = departures([move(1, "2"), move(2, None)])
    assert signal.firing
    assert (signal.source, signal.asset) == ("mlflow", "model:churn")
    assert signal.title == "champion is gone"
    assert signal.starts_at == T0 + 2 * HOUR
    assert signal.url == "https://ml.test/"


def test_an_alias_set_anew_ends_it() -> None:
    told = departures([move(2, None), move(5, "1")])
    assert [one.firing for one in told] == [True, False]
    assert told[0].fingerprint == told[1].fingerprint
    assert told[0].starts_at == told[1].starts_at
    assert told[1].ends_at == T0 + 6 * HOUR
    assert len({one.key for one in told}) == 2


def test_each_alias_is_its_own_and_any_order_says_the_same() -> None:
    moves = [move(n, None if n % 2 else "1", alias=a) for n in range(4) for a in "ab"]
    told = departures(moves)
    assert len({one.fingerprint for one in told}) == 2
    shuffled = list(moves)
    random.Random(3).shuffle(shuffled)  # noqa: S311 - a test's order, no secret
    assert departures(shuffled) == told


def test_other_changes_are_not_looked_at() -> None:
    other = Change(
        kind=ChangeKind.CONFIG,
        asset=AssetId("model:churn"),
        what="tag gone",
        source=Source("mlflow", "prod", "t"),
        recorded_at=T0,
        path="alias:champion",
    )
    assert departures([other]) == ()


def test_a_turn_pages_for_an_alias_that_vanished_once_and_clears_it(
    tmp_path: Path,
) -> None:
    text = OWNERSHIP.replace("tier: 2", 'tier: 2\n    registry: "mlflow:eta@champion"')
    world = World(read_catalog(tmp_path, text))

    def moved(hour: int, after: str | None) -> Change:
        seen = TimeWindow(NOON + (hour - 1) * HOUR, NOON + hour * HOUR)
        return replace(move(hour, after), asset=MODEL, observed_between=seen)

    world.ledger.append([moved(0, None)])
    turn(world, as_of=world.clock.now())
    told = list(world.sink.taken)
    assert NoticeKind.PAGE in {message.notice.kind for message in told}
    for _ in range(2):
        turn(world, as_of=world.clock.now())
    assert world.sink.taken == told
    (incident,) = world.incidents.within()
    assert (incident.model, incident.pages) == (MODEL, True)
    assert "champion is gone" in incident.headline
    world.ledger.append([moved(2, "1")])
    world.clock.advance(2 * HOUR)
    turn(world, as_of=world.clock.now())
    kinds = [event.kind for event in world.incidents.history(incident.id)]
    assert "signal.cleared" in kinds
