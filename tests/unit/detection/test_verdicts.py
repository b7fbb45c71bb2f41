from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from frame_worlds import MODEL, frame, numeric, profile
from hypothesis import given
from hypothesis import strategies as st

from modelowners.core.time import DAY
from modelowners.detection import check
from modelowners.detection.checks.forms import Check, Judgement, RowRule
from modelowners.detection.checks.grounds import CannotJudge, Grounds, View
from modelowners.detection.checks.results import Verdict, tally
from modelowners.detection.verdicts import longest
from modelowners.observations.logs import PredictionLog


def made(days: int, empty: frozenset[int] = frozenset()) -> Grounds:
    one = numeric(np.zeros(5))
    profiles = [profile(d, {"x": one}) for d in range(days) if d not in empty]
    log = PredictionLog(asset=MODEL, root=Path(), source=("a",), columns={})
    built = frame(profiles, history=days - 1, test=1)
    return Grounds(log=log, frame=built, complete=days, now=built.windows[-1].end)


@dataclass(frozen=True)
class Fails(RowRule):
    """Fails in the windows that it is told."""

    days: frozenset[int] = frozenset()
    raises: BaseException | None = None
    subject = "it"
    expected = "all well"

    def judge(self, view: View) -> Judgement:
        if self.raises is not None:
            raise self.raises
        bad = bool(self.days & set(range(view.first, view.last)))
        return Judgement(verdict=Verdict.FAIL if bad else Verdict.PASS, found="seen")


def one(rule: Fails, **more: object) -> Check:
    return Check(name="one", kind="fake", rule=rule, **more)  # type: ignore[arg-type]  # by name


@given(st.frozensets(st.integers(0, 9)), st.frozensets(st.integers(0, 8), max_size=8))
def test_since_is_the_start_of_the_unbroken_failure(
    bad: frozenset[int], empty: frozenset[int]
) -> None:
    grounds = made(10, empty)
    (found,) = check([one(Fails(bad))], grounds)
    if 9 not in bad:
        assert (found.verdict, found.since) == (Verdict.PASS, None)
        return
    run = 9
    for day in range(8, -1, -1):
        if day in empty:
            continue
        if day not in bad:
            break
        run = day
    assert found.since == grounds.frame.windows[run].start


@pytest.mark.parametrize(
    "broken", [RuntimeError("out of\nmemory"), ValueError(), KeyError("x")]
)
def test_a_check_that_breaks_is_an_error_and_the_others_still_run(
    broken: Exception,
) -> None:
    rules = [Fails(), Fails(raises=broken), Fails(raises=CannotJudge(why="no column"))]
    found = check([one(rule) for rule in rules], made(5))
    assert [f.verdict for f in found] == [Verdict.PASS, Verdict.ERROR, Verdict.SKIP]
    assert sum(tally(found).values()) == len(rules)
    assert found[1].found
    assert "\n" not in found[1].found
    assert found[1].closes
    assert found[2].found == "no column"


def test_an_interrupt_is_nobodys_error() -> None:
    with pytest.raises(KeyboardInterrupt):
        check([one(Fails(raises=KeyboardInterrupt()))], made(5))


def test_a_window_is_rounded_up_to_whole_ones() -> None:
    grounds = made(9)
    (short,) = check([one(Fails(), window=DAY / 24)], grounds)
    (long,) = check([one(Fails(), window=30 * DAY)], grounds)
    assert short.window is not None
    assert long.window is not None
    assert (short.window.length, long.window.length) == (DAY, 9 * DAY)


def test_no_row_is_no_data() -> None:
    (found,) = check([one(Fails())], made(5, frozenset({4})))
    assert (found.verdict, found.state) == (Verdict.SKIP, "no data")


def test_the_longest_window_decides_how_far_back_is_looked() -> None:
    assert longest([one(Fails()), one(Fails(), window=9 * DAY)]) == 9 * DAY
    assert not longest([])
