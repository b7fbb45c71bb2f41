from __future__ import annotations

from dataclasses import replace

import pytest
from case_faults import HARDER, OFFSET, SWAPPED
from case_worlds import TRUTH, Bench, holds_truth, strength, strongest

from modelowners.core.time import DAY, Onset
from modelowners.diagnosis.cases import Case
from modelowners.diagnosis.causes import CauseKind, Suspect
from modelowners.diagnosis.falls import Fall
from modelowners.diagnosis.probes.data.column_swap import probe
from modelowners.observations.profiles import EVERYTHING
from modelowners.observations.questions import Identity


def test_exchanged_columns_are_found(bench: Bench) -> None:
    found = strongest(probe(bench.case(SWAPPED)))
    assert found.kind is CauseKind.COLUMN_SWAP
    assert (found.columns, dict(found.segment)) == (("x", "y"), {})
    assert holds_truth(found)
    assert found.strength > 0.6
    assert found.replacement is not None
    assert (found.replacement.column, found.replacement.other) == ("x", "y")


def test_columns_that_moved_together_were_not_exchanged(bench: Bench) -> None:
    found = strongest(probe(bench.case(SWAPPED)))
    moved = {site.column for site in bench.case(HARDER).inputs()}
    assert {"x", "y"} <= moved
    assert strength(probe(bench.case(HARDER))) < found.strength / 2


def ordered(case: Case, after: float) -> Case:
    order = Identity(form="order", target="y", terms=((1.0, "x"),))
    fall = Fall(
        identity=order,
        partition=EVERYTHING,
        onset=Onset(TRUTH, TRUTH - DAY, TRUTH),
        before=0.995,
        after=after,
        gap=1.0,
        rows=5_000,
    )
    return replace(case, falls={order: [fall]})


def by_order(case: Case) -> list[Suspect]:
    return [s for s in probe(case) if s.evidence[0].kind == "relation"]


@pytest.mark.parametrize(("after", "claims"), [(0.03, True), (0.5, False)])
def test_an_order_must_be_reversed_not_merely_broken(
    bench: Bench, after: float, *, claims: bool
) -> None:
    found = by_order(ordered(bench.case(SWAPPED), after))
    assert bool(found) is claims
    assert all(holds_truth(s) and s.strength > 0.5 for s in found)
    assert all(s.columns == ("x", "y") for s in found)


def test_an_order_that_one_column_alone_turned_around_is_no_exchange(
    bench: Bench,
) -> None:
    assert by_order(ordered(bench.case(OFFSET), 0.03)) == []
