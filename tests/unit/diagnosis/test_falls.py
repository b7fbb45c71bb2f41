from __future__ import annotations

import pytest
from case_worlds import TRUTH
from hypothesis import given
from hypothesis import strategies as st

from modelowners.core.time import DAY, Onset
from modelowners.diagnosis.falls import Fall
from modelowners.observations.profiles import EVERYTHING
from modelowners.observations.questions import Identity

SUM = Identity(form="sum", target="total", terms=((1.0, "x"), (1.0, "y")))


def fall(before: float, after: float) -> Fall:
    return Fall(
        identity=SUM,
        partition=EVERYTHING,
        onset=Onset(TRUTH, TRUTH - DAY, TRUTH),
        before=before,
        after=after,
        gap=0.0,
        rows=100,
    )


@given(before=st.floats(0, 1), after=st.floats(0, 1))
def test_depth_is_what_no_longer_holds(before: float, after: float) -> None:
    found = fall(before, after)
    assert found.depth == pytest.approx(before - after)
    assert found.size >= 0
    assert (found.size > 0) == (before > after)


def test_size_counts_hundredths() -> None:
    assert fall(0.99, 0.49).size == pytest.approx(50)
