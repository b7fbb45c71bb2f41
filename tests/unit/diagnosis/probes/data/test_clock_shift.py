from __future__ import annotations

from dataclasses import replace

import numpy as np
from case_faults import CLOCK, EVENINGS, FLIPPED
from case_worlds import Bench, holds_truth, strength, strongest

from modelowners.diagnosis.causes import CauseKind
from modelowners.diagnosis.probes.data.clock_shift import probe
from modelowners.observations.profiles import EVERYTHING


def test_rotated_hours_are_found_with_their_inverse(bench: Bench) -> None:
    found = strongest(probe(bench.case(CLOCK)))
    assert found.kind is CauseKind.CLOCK_SHIFT
    assert (found.columns, dict(found.segment)) == (("hour",), {})
    assert holds_truth(found)
    assert found.strength > 0.6
    replacement = found.replacement
    assert replacement is not None
    assert (replacement.form, replacement.shift, replacement.scale) == (
        "rotate",
        -5.0,
        24.0,
    )


def test_customers_who_come_later_change_the_form(bench: Bench) -> None:
    found = strongest(probe(bench.case(CLOCK)))
    assert strength(probe(bench.case(EVENINGS))) < found.strength / 2


def test_the_clock_of_the_log_itself_is_judged_with_the_harm(bench: Bench) -> None:
    case = bench.case(FLIPPED)
    assert case.harmed is not None
    assert probe(case) == []
    turned = [
        replace(p, hours=np.roll(p.hours, 3))
        if p is not None and index >= case.harmed.index
        else p
        for index, p in enumerate(case.frame.of())
    ]
    profiles = dict(case.frame.profiles) | {EVERYTHING: turned}
    late = replace(case, frame=replace(case.frame, profiles=profiles))
    found = strongest(probe(late))
    assert found.columns == ()
    assert holds_truth(found)
    assert "-3 h" in found.repair
