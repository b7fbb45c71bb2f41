from __future__ import annotations

from datetime import timedelta

import pytest

from modelowners.app.intake import Intake, Unread
from modelowners.app.ledger_text import (
    DASH,
    intake_lines,
    listing,
    newest_first,
    shown,
    span,
    unread_line,
    unwatched,
    watermark_line,
    when,
    whose,
)
from modelowners.core.ids import AssetId
from modelowners.core.time import DAY, HOUR, TimeWindow, parse_instant
from modelowners.ledger.changes import (
    Change,
    ChangeKind,
    Digest,
    Identity,
    Source,
    Strength,
    Who,
)
from modelowners.ledger.watermarks import Captured, Failure, Watermark

T0 = parse_instant("2026-06-01T02:10Z")
CHURN = AssetId("model:churn")


def change(key: str = "1", **fields: object) -> Change:
    known: dict[str, object] = {
        "kind": ChangeKind.DEPLOY,
        "asset": CHURN,
        "what": "champion: version 1 -> 3",
        "source": Source("mlflow", "prod", key),
        "recorded_at": T0,
    }
    return Change(**(known | fields))  # type: ignore[arg-type] # by name


def library(name: str, **fields: object) -> Change:
    return change(
        name,
        kind=ChangeKind.DEPENDENCY,
        what=f"{name} 1 -> 2",
        version="3",
        occurred_at=T0,
        before={name: "1"},
        after={name: "2"},
        **fields,
    )


def test_one_line_says_what_who_when_and_what_differs() -> None:
    one = change(
        observed_between=TimeWindow(T0, T0 + 3 * HOUR),
        before={"version": "1", "parameters": {"depth": "2"}},
        after={"version": "3", "parameters": {"depth": "9"}},
        version="3",
    )
    (line,) = listing([one])
    assert line == (
        f"2026-06-01 02:10{DASH}05:10Z  deploy  model:churn  champion: version 1 -> 3"
        f"  by unknown  [parameters.depth 2 -> 9]  ({one.id})"
    )


def test_columns_line_up() -> None:
    two = [
        change("1", occurred_at=T0),
        change("2", kind=ChangeKind.TRAINING_DATA, asset=AssetId("dataset:x")),
    ]
    lines = list(listing(two))
    assert len({line.index("champion") for line in lines}) == 1


def test_three_alike_of_one_version_share_a_line() -> None:
    names = ["numpy", "pandas", "scipy", "xgboost"]
    (line,) = listing([library(name) for name in names])
    assert "4 changes of version 3: numpy 1 -> 2; pandas 1 -> 2; scipy 1 -> 2" in line
    assert "; +1 more  by unknown" in line
    assert len(list(listing([library(name) for name in names], whole=True))) == 4
    assert len(list(listing([library(name) for name in names[:2]]))) == 2


def test_changes_of_no_version_or_another_person_are_not_joined() -> None:
    loose = [change(str(n), version=None) for n in range(4)]
    assert len(list(listing(loose))) == 4
    mixed = [library("a"), library("b"), library("c", who=Who(person="ana"))]
    assert len(list(listing(mixed))) == 3


def test_a_long_line_goes_on_below_its_time() -> None:
    one = change(what="word " * 40, occurred_at=T0)
    lines = list(listing([one], width=80))
    assert len(lines) > 2
    assert all(len(line) <= 80 for line in lines)
    assert all(line.startswith(" " * 19) for line in lines[1:])
    joined = " ".join(" ".join(lines).split())
    assert joined == " ".join(next(iter(listing([one]))).split())


def test_what_a_digest_does_not_prove_is_said() -> None:
    digest = Digest("a1", "mlflow", Strength.SAMPLED)
    (line,) = listing([change(identity=Identity(digest, digest))])
    assert "no difference seen (sampled)" in line
    other = Digest("b2", "mlflow", Strength.SAMPLED)
    (line,) = listing([change(identity=Identity(digest, other))])
    assert "sampled" not in line


def test_everything_else_a_person_asks_stands_in_the_line() -> None:
    one = change(
        path="alias:x\x1b[31m",
        commit="c" * 40,
        why="because\nof",
        source=Source("git", "local", "k", "https://x/\u202e"),
        who=Who(raw="ana@x\x07", role="author"),
    )
    (line,) = listing([one], whole=True)
    assert line.isprintable()
    for part in ("alias:x", f"commit {'c' * 12}", "why: because of", "https://x/"):
        assert part in line
    assert "by ana@x (not in people)" in line


def test_at_a_glance_addresses_and_paths_are_left_out() -> None:
    source = Source("git", "local", "k", "https://x/")
    (line,) = listing([change(path="train/fit.py", commit="c" * 40, source=source)])
    assert "https" not in line
    assert "train/fit.py" not in line


def test_what_the_line_says_is_not_said_again() -> None:
    (line,) = listing([library("numpy")])
    assert "[" not in line
    note = change(kind=ChangeKind.NOTE, what="version 1 registered", after={"a": 1})
    assert "[" not in next(iter(listing([note])))


def test_the_newest_come_first_and_versions_stay_together() -> None:
    later = change("z", observed_between=TimeWindow(T0 + DAY, T0 + DAY + HOUR))
    mixed = [library("b"), change("x", occurred_at=T0), library("a"), later]
    told = newest_first(mixed)
    assert told[0] == later
    kinds = [one.kind for one in told[1:]]
    assert kinds == [ChangeKind.DEPLOY, ChangeKind.DEPENDENCY, ChangeKind.DEPENDENCY]
    assert newest_first(reversed(mixed)) == told


def test_no_changes_no_lines() -> None:
    assert list(listing([])) == []


def test_people_and_nobody() -> None:
    assert whose(Who(person="ana", raw="x")) == "ana"
    assert whose(Who()) == "unknown"
    assert shown("a\tb\x00\nc") == "a b c"


def test_when_and_spans() -> None:
    assert when(change(occurred_at=T0)) == "2026-06-01 02:10Z"
    assert when(change()) == f"2026-06-01 02:10:00{DASH}02:10:00Z"
    assert span(TimeWindow(T0, T0 + DAY)) == f"2026-06-01 02:10{DASH}2026-06-02 02:10Z"


def test_what_each_source_brought() -> None:
    gap = TimeWindow(T0, T0 + 3 * HOUR)
    one = Captured(
        connector="mlflow",
        instance="prod",
        read=5,
        added=2,
        floor=T0,
        notes=("churn has no alias x",),
        gap=gap,
        malformed=1,
    )
    line, note = intake_lines(Intake((one,), ()))
    assert line == (
        "mlflow (prod): 2 new, 3 seen before, 1 unreadable, not looked at "
        f"2026-06-01 02:10{DASH}05:10Z, nothing before 2026-06-01T02:10:00Z"
    )
    assert note == "  churn has no alias x"


@pytest.mark.parametrize(
    ("since", "told"),
    [(None, "never read"), (T0, "stale since 2026-06-01T02:10:00Z")],
)
def test_a_source_that_could_not_be_read(since: object, told: str) -> None:
    unread = Unread("mlflow", "prod", "down", since)  # type: ignore[arg-type] # both
    assert unread_line(unread) == f"mlflow (prod): {told}: down"


def test_a_watermark_tells_gaps_and_staleness() -> None:
    gaps = tuple(
        TimeWindow(T0 + n * DAY, T0 + n * DAY + timedelta(hours=3, minutes=30))
        for n in range(5)
    )
    mark = Watermark(
        connector="mlflow",
        instance="prod",
        looked_at=T0 + 6 * DAY,
        floor=T0,
        gaps=gaps,
        failure=Failure(T0 + 7 * DAY, "It is down."),
        notes=("note",),
    )
    line = watermark_line(mark)
    assert line.startswith("mlflow (prod): last read 2026-06-07T02:10:00Z, stale")
    assert "tried 2026-06-08T02:10:00Z: It is down, knows nothing before" in line
    assert f"not looked at 2026-06-03 02:10{DASH}05:40Z" in line
    assert "and 2 times before" in line
    assert line.endswith("; note")
    late = watermark_line(mark, since=T0 + 4 * DAY)
    assert late.count(DASH) == 1
    assert "times before" not in late
    never = Watermark(connector="a", instance="b", looked_at=None)
    assert watermark_line(never) == "a (b): never read"


def test_where_a_change_may_be_missing() -> None:
    gap = TimeWindow(T0, T0 + 3 * HOUR)
    mark = Watermark(
        connector="mlflow", instance="prod", looked_at=T0 + DAY, gaps=(gap,)
    )
    never = Watermark(
        connector="mlflow", instance="lab", looked_at=None, failure=Failure(T0, "down")
    )
    stale = Watermark(
        connector="git",
        instance="local",
        looked_at=T0 + HOUR,
        failure=Failure(T0 + DAY, "gone"),
    )

    def told(start: int, end: int) -> list[str]:
        window = TimeWindow(T0 + start * HOUR, T0 + end * HOUR)
        return list(unwatched([mark, never, stale], window))

    assert told(2, 4) == [
        f"mlflow (prod): not looked at 2026-06-01 02:10{DASH}05:10Z",
        "mlflow (lab): never read",
        "git (local): stale since 2026-06-01T03:10:00Z",
    ]
    assert told(-2, -1) == ["mlflow (lab): never read"]
    assert told(4, 5)[0] == "mlflow (lab): never read"
