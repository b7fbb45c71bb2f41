from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from speed_worlds import cohort, timeline

from modelowners.measurement.routing import routes, wilson


@given(st.integers(1, 400), st.floats(0, 1))
def test_wilsons_interval_is_scipys(n: int, share: float) -> None:
    successes = round(share * n)
    theirs = stats.binomtest(successes, n).proportion_ci(method="wilson")
    assert wilson(successes, n) == pytest.approx(tuple(theirs), abs=1e-9)


def test_routes_are_counted_over_what_is_mature_fixed_and_named() -> None:
    found = routes(
        cohort(
            [
                timeline("1"),
                timeline("2", teams=("desk", "feeds"), moves=(1,)),
                timeline("3", teams=("feeds", "desk", "feeds"), moves=(1, 2)),
                timeline("4", teams=(None, "feeds"), moves=(1,)),
                timeline("open", hours=None),
                timeline("nameless", teams=(None,)),
            ]
        )
    )
    assert found.incidents == 4
    assert (found.kept, found.first_team_right) == (0.5, 0.75)
    assert (found.pingpong, found.routed_late, found.team_changes) == (0.25, 0.25, 0.75)
    assert found.right_by == {"cause": 0.0, "resolver": 1.0}


def test_imports_do_not_know_tosses_and_say_so() -> None:
    found = routes(cohort([timeline()]))
    assert found.tosses is None
    assert "imports" in found.reasons["tosses"]


def test_our_own_log_knows_them() -> None:
    ones = [timeline("1", tosses=2, cause_team="risk"), timeline("2", tosses=1)]
    found = routes(cohort(ones))
    assert found.tosses == 1.5
    assert found.right_by == {"cause": 0.5, "resolver": 0.5}


def test_no_route_is_no_share() -> None:
    found = routes(cohort([timeline(hours=None)]))
    assert (found.kept, found.ci) == (None, None)
    assert found.reasons["kept"]
