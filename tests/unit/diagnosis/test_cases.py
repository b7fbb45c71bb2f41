from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from case_faults import BONUS, FLIPPED, HARDER, MILES_B, NULLS_B, REVERSED_B, WARM
from case_worlds import FEATURES, NOTHING, Bench, Fault, ToldEngine, hand_case
from frame_worlds import frame, numeric, profile

from modelowners.core.time import DAY
from modelowners.detection.streams import Statistic
from modelowners.diagnosis.cases import Case, Site
from modelowners.observations.profiles import EVERYTHING, Partition

B = Partition("segment", (("vendor", "b"),))


@pytest.fixture
def stepped() -> Case:
    """From day 45 on x is ten higher; y stays."""
    rng = np.random.default_rng(0)
    profiles = [
        profile(
            day,
            {
                "x": numeric(rng.normal(10.0 * (day >= 45), 1, 300)),
                "y": numeric(rng.normal(size=300)),
            },
        )
        for day in range(50)
    ]
    return hand_case(frame(profiles, history=40, test=10), ToldEngine(), ("x", "y"))


def site_at(case: Case, column: str, index: int) -> Site:
    site = case.sites()[0]
    return replace(site, column=column, index=index, shifts=())


@pytest.mark.parametrize("world", [NULLS_B, HARDER, MILES_B])
def test_sites_come_largest_first(bench: Bench, world: Fault) -> None:
    sizes = [site.size for site in bench.case(world).sites()]
    assert sizes
    assert sizes == sorted(sizes, reverse=True)


def test_a_move_confined_to_some_rows_is_a_site_there(bench: Bench) -> None:
    case = bench.case(MILES_B)
    here = [s for s in case.inputs() if s.column == "x" and s.partition == B]
    assert here
    assert here[0].segment == {"vendor": "b"}
    other = Partition("segment", (("vendor", "a"),))
    assert not [s for s in case.inputs() if s.partition == other]


def test_a_move_of_all_rows_is_one_site(bench: Bench) -> None:
    places = {s.partition for s in bench.case(HARDER).inputs() if s.column == "x"}
    assert places == {EVERYTHING}


def test_outputs_and_spare_columns_are_sites_but_no_inputs(bench: Bench) -> None:
    case = bench.case(BONUS)
    assert "bonus" in {s.column for s in case.sites()}
    assert "bonus" not in {s.column for s in case.inputs()}
    assert {s.column for s in case.inputs()} <= set(FEATURES)


def test_a_site_gives_the_figures_that_moved(bench: Bench) -> None:
    site = bench.case(NULLS_B).inputs()[0]
    shift = site.moved(Statistic.NULL_SHARE)
    assert shift is not None
    assert shift.change > 0.2
    assert site.moved(Statistic.EMPTY_SHARE) is None


def test_a_step_is_abrupt_and_a_season_is_not(bench: Bench, stepped: Case) -> None:
    (site,) = [s for s in stepped.sites() if s.column == "x"]
    assert site.index in {44, 45}
    assert stepped.abruptness(site) > 4
    assert stepped.abruptness(site_at(stepped, "y", 45)) < 4
    assert stepped.abruptness(site_at(stepped, "absent", 45)) == 0.0
    season = [s for s in bench.case(WARM).inputs() if s.column == "x"]
    assert season
    assert all(
        bench.case(WARM).abruptness(s) < stepped.abruptness(site) for s in season
    )


def test_a_contrast_is_asked_once_for_all_that_moved(stepped: Case) -> None:
    engine = stepped.engine
    assert isinstance(engine, ToldEngine)
    site = stepped.sites()[0]
    assert stepped.contrast(site) is None
    assert stepped.contrast(site) is None
    assert engine.asked == 1
    stepped.control(site)
    assert engine.asked == 2


@pytest.mark.parametrize("index", [0, 1, 10, 45, 49])
def test_stretches_lie_apart_and_inside_the_frame(stepped: Case, index: int) -> None:
    site = site_at(stepped, "x", index)
    windows = stepped.frame.windows
    for back in (0, 1):
        before, after = stepped.stretch(site, back=back)
        assert windows[0].start <= before.start < before.end <= windows[-1].end
        assert after.end <= windows[-1].end
        assert index < 10 or before.end <= after.start


def test_few_rows_make_the_stretch_longer() -> None:
    def length(rows: int) -> float:
        profiles = [
            profile(
                d, {"x": numeric(np.arange(rows, dtype=np.float64) + 50 * (d > 44))}
            )
            for d in range(50)
        ]
        case = hand_case(frame(profiles, history=40, test=10), ToldEngine(), ("x",))
        before, _ = case.stretch(case.sites()[0], back=0)
        return before.length / DAY

    assert length(300) == 7
    assert 7 < length(10) <= 28


def test_a_real_contrast_shows_both_sides(bench: Bench) -> None:
    case = bench.case(MILES_B)
    site = next(s for s in case.inputs() if s.column == "x" and s.partition == B)
    contrast, control = case.contrast(site), case.control(site)
    assert contrast is not None
    assert control is not None
    assert contrast.after.mean == pytest.approx(1.609 * contrast.before.mean, rel=0.1)
    assert control.after.mean == pytest.approx(control.before.mean, rel=0.05)


def test_without_harm_there_is_nothing_at_the_harm(bench: Bench) -> None:
    case = bench.case(NOTHING)
    assert case.at_harm("x") is None
    assert case.slices() == ()
    assert case.worst_slice() is None
    assert case.concentration() == 0.0


def test_at_the_harm_moved_and_unmoved_columns_have_a_site(bench: Bench) -> None:
    case = bench.case(MILES_B)
    moved, still = case.at_harm("x"), case.at_harm("y")
    assert moved in case.sites()
    assert still is not None
    assert still.shifts == ()
    assert still.size == 0.0


def test_harm_in_one_slice_is_concentrated(bench: Bench) -> None:
    sliced, even = bench.case(REVERSED_B), bench.case(FLIPPED)
    lead = sliced.worst_slice()
    assert lead is not None
    assert lead.where == (("vendor", "b"),)
    assert 0 <= even.concentration() < sliced.concentration() <= 1


def test_undeclared_features_are_the_columns_without_a_role(bench: Bench) -> None:
    case = bench.case(NOTHING)
    bare = replace(case, log=replace(case.log, features=()))
    assert set(bare.features()) >= set(FEATURES)
    assert not {"id", "ts", "score", "late", "model_version"} & set(bare.features())


def test_texts_and_numbers_are_told_apart(bench: Bench) -> None:
    case = bench.case(NOTHING)
    assert case.text("city")
    assert not case.text("x")
    assert not case.text("nobody's")


def test_marks_begin_with_the_onset(stepped: Case) -> None:
    marks = stepped.after_mask(45)
    assert marks.sum() == 5
    assert not marks[:45].any()


def test_a_column_of_the_files_is_not_absent(bench: Bench) -> None:
    case = bench.case(NULLS_B)
    assert not case.is_absent("x", 57)
    assert case.is_absent("nobody's", 57)
