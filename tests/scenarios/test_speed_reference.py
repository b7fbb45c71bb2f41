"""
24,918 real incidents through the importer: each figure within its tolerance.

The log, its map and the figures lie in the shared folder; where there is none,
the tests are skipped.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from modelowners.app.settings import Settings
from modelowners.app.speed import measure
from modelowners.app.tickets import Imported, import_tickets
from modelowners.app.wiring import Program
from modelowners.core.time import DAY, parse_instant
from modelowners.measurement.cohorts import Question, choose
from modelowners.measurement.durations import Part
from modelowners.measurement.flags import closing_ages, raise_flags
from modelowners.measurement.speed import SpeedReport
from modelowners.measurement.survival import kaplan_meier, quantile, quantile_limits
from modelowners.measurement.timelines import FixedBy, Timeline
from modelowners.measurement.whatif import saved

pytestmark = pytest.mark.slow

LOG, MAP = "servicenow_incident_log.csv.gz", "servicenow_map.yaml"
END = parse_instant("2017-03-10")
"""Three weeks after the log's last opening: everything is mature."""

SHARE, RATIO, TEST, DRAWN = 0.0005, 0.005, 0.001, 0.1
Figures = Mapping[str, Any]


def near(value: object, tolerance: float = RATIO) -> object:
    """Allow a relative tolerance, of lists each; None is a limit not reached."""
    if isinstance(value, list):
        return [near(one, tolerance) for one in value]
    return None if value is None else pytest.approx(value, rel=tolerance, abs=1e-9)


def share(value: object) -> object:
    """Allow what shares may differ by."""
    return pytest.approx(value, abs=SHARE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("speed")


_KEPT: dict[Path, tuple[Program, Imported]] = {}
_READ: dict[Path, tuple[Timeline, ...]] = {}


@pytest.fixture
def imported(shared: Path, folder: Path) -> tuple[Program, Imported]:
    """Import the log once for all tests."""
    if folder not in _KEPT:
        program = Program(Settings(folder / "modelowners.yaml", folder / "state"))
        data = shared / "data"
        _KEPT[folder] = program, import_tickets(program, data / LOG, data / MAP)
    return _KEPT[folder]


@pytest.fixture
def program(imported: tuple[Program, Imported]) -> Program:
    return imported[0]


@pytest.fixture
def timelines(program: Program, folder: Path) -> tuple[Timeline, ...]:
    """Read all timelines once for all tests."""
    if folder not in _READ:
        _READ[folder] = program.tickets.before(END)
    return _READ[folder]


@pytest.fixture
def expected(shared: Path) -> Figures:
    text = (shared / "data" / "servicenow_expected.json").read_text(encoding="utf-8")
    found: Figures = json.loads(text)["complete"]
    return found


def made(
    program: Program,
    as_of: datetime = END,
    **asked: Any,  # noqa: ANN401 - by name
) -> SpeedReport:
    return measure(program, Question(as_of=as_of, **asked)).report


def check_time(found: SpeedReport, wanted: Figures) -> None:
    fix = found.time_to_fix
    assert fix.median_h == near(wanted["median_h"])
    assert list(fix.median_ci or ()) == near(wanted["median_ci95"])
    assert fix.p90_h == near(wanted["p90_h"])
    assert list(fix.p90_ci or ()) == near(wanted["p90_ci95"])
    assert fix.rmst_h == near(wanted["rmst_14d_h"])
    assert list(fix.rmst_ci or ()) == near(wanted["rmst_14d_ci95"])


def check_hours(found: SpeedReport, wanted: Figures) -> None:
    hours = found.hours
    assert hours.total_h == near(wanted["total_capped_h"])
    for part in ("nobody", "another_team", "right_team", "still_open", "not_recorded"):
        assert hours.parts[Part(part)] == share(wanted["parts"][part]), part
    bounds = wanted["bounds_of_split_hours"]
    assert hours.bounds.split_h == near(wanted["split_h"])
    assert hours.bounds.first_touch == share(bounds["before_first_touch"])
    assert hours.bounds.final_arrival == share(bounds["before_final_arrival"])


def check_routing(found: SpeedReport, wanted: Figures) -> None:
    routing = found.routing
    assert routing.incidents == wanted["n"]
    assert routing.kept == share(wanted["first_route_kept"])
    assert list(routing.ci or ()) == share(wanted["first_route_kept_ci95"])
    assert routing.first_team_right == share(wanted["first_team_right"])
    assert routing.team_changes == near(wanted["team_changes_mean"])
    assert routing.pingpong == share(wanted["pingpong_share"])
    assert routing.routed_late == share(wanted["routed_late_share"])


def check_teams(found: SpeedReport, wanted: Figures) -> None:
    same = found.same_team
    assert same.teams == wanted["teams"]
    for name, ratio in (("total", same.total), ("after_arrival", same.after_arrival)):
        assert ratio.ratio == near(wanted[f"ratio_{name}"])
        assert list(ratio.ci or ()) == near(wanted[f"ratio_{name}_ci95_order"])
        drawn = wanted[f"ratio_{name}_ci95_bootstrap"]
        assert list(ratio.ci_bootstrap or ()) == near(drawn, DRAWN)


def check_backtest(found: SpeedReport, wanted: Figures) -> None:
    tried = found.what_if.backtest
    assert tried is not None
    assert f"{tried.cut:%Y-%m-%d %H:%M:%S}" == wanted["cut"]
    assert (tried.before, tried.after) == (wanted["n_before"], wanted["n_after"])
    assert tried.no_change_h == near(wanted["no_change_h"])
    assert tried.forecast_h == near(wanted["forecast_h"])
    assert tried.actual_h == near(wanted["actual_h"])
    assert tried.error == near(wanted["error"])


def codes(found: SpeedReport) -> Mapping[str, float | None]:
    return {flag.code.value: flag.share for flag in found.flags}


def test_every_row_is_accounted_for(
    imported: tuple[Program, Imported],
    timelines: Sequence[Timeline],
    expected: Figures,
) -> None:
    counts, (_, done) = expected["counts"], imported
    assert (done.rows, done.tickets) == (counts["events"], counts["incidents"])
    assert (done.left_out, done.lost) == ({}, 0)
    assert (
        sum(one.right_team is None for one in timelines) == (counts["without_any_team"])
    )
    sources = [one.fixed_by for one in timelines]
    stated, inferred = (
        sources.count(how) for how in (FixedBy.STATED, FixedBy.STATE_CHANGE)
    )
    assert stated == counts["fix_time_source"]["resolved_at"]
    assert inferred == counts["fix_time_source"]["state_change"]
    assert sum(one.relabelled for one in timelines) == counts["severity_changed"]
    opened = sorted(one.opened for one in timelines)
    assert f"{opened[0]:%Y-%m-%d %H:%M:%S}" == counts["first_opened"]
    assert f"{opened[-1]:%Y-%m-%d %H:%M:%S}" == counts["last_opened"]


def test_the_same_file_again_changes_nothing(
    imported: tuple[Program, Imported], shared: Path
) -> None:
    data = shared / "data"
    again = import_tickets(imported[0], data / LOG, data / MAP)
    assert (again.kept.new, again.kept.changed, again.kept.older) == (0, 0, 0)
    assert again.kept.unchanged == again.tickets


def test_the_whole_log(program: Program, expected: Figures) -> None:
    found, wanted = made(program), expected["all"]
    assert found.counts.incidents == wanted["time_to_fix"]["n"]
    assert found.counts.open == 0
    check_time(found, wanted["time_to_fix"])
    check_hours(found, wanted["hours"])
    check_routing(found, wanted["routing"])
    compared = wanted["detour_vs_direct"]
    check_teams(found, compared["same_right_team"])
    pooled, theirs = found.same_team.pooled, compared["same_right_team_pooled"]["total"]
    assert pooled.ratio == near(theirs["ratio"])
    assert list(pooled.ci or ()) == near(theirs["ci95"])
    assert pooled.between_team_variance == near(theirs["between_team_variance"])
    ranks = found.same_team.log_rank
    assert ranks["plain"] == near(compared["logrank_chi2"], TEST)
    by_team = compared["logrank_chi2_stratified_by_right_team"]
    assert ranks["by_team"] == near(by_team, TEST)
    check_backtest(found, expected["what_if"]["backtest"])
    for target, bounds in expected["what_if"][
        "saved_share_of_split_hours_if_first_route_kept_rises_to"
    ].items():
        now = found.routing.kept
        assert now is not None
        ours = saved(found.hours.bounds, now=now, target=float(target))
        assert list(ours or ()) == share(bounds), target


def test_beyond_the_first_line_desk(program: Program, expected: Figures) -> None:
    found = made(program, without=frozenset({"70"}))
    wanted = expected["fixed_beyond_first_line"]
    assert found.counts.incidents == wanted["time_to_fix"]["n"]
    check_time(found, wanted["time_to_fix"])
    check_hours(found, wanted["hours"])
    check_routing(found, wanted["routing"])
    check_teams(found, wanted["detour_vs_direct"]["same_right_team"])


def test_in_the_middle_of_it(program: Program, expected: Figures) -> None:
    wanted = expected["report_as_of"]["2016-04-15"]
    found = made(program, parse_instant("2016-04-15"))
    counts = found.counts
    assert (counts.incidents, counts.open) == (wanted["incidents"], wanted["open"])
    assert (counts.mature, counts.mature_open) == (
        wanted["mature"],
        wanted["mature_open"],
    )
    check_time(found, wanted)
    check_hours(found, wanted["hours_mature"])
    check_routing(found, wanted["routing_mature_closed"])
    check_teams(found, wanted["same_right_team_mature_closed"])
    check_backtest(found, wanted["what_if_backtest"])
    for code, value in wanted["flags"].items():
        if value is not False:
            assert codes(found)[code] == share(value)


@pytest.mark.parametrize(
    "day", ["2016-03-14", "2016-03-28", "2016-04-15", "2016-05-16"]
)
def test_what_the_last_seven_days_look_like_while_they_last(
    program: Program, timelines: Sequence[Timeline], expected: Figures, day: str
) -> None:
    as_of, wanted = parse_instant(day), expected["last_7_days_as_of"][day]
    found = made(program, as_of, since=as_of - 7 * DAY)
    assert found.counts.incidents == wanted["n"]
    assert found.counts.open == wanted["open"]
    fix = found.time_to_fix
    assert fix.median_h == near(wanted["km_median_h"])
    assert list(fix.median_ci or ()) == near(wanted["km_median_ci95"])
    chosen = choose(timelines, Question(as_of=as_of, since=as_of - 7 * DAY))
    closed = chosen.hours[chosen.fixed]
    only = quantile(kaplan_meier(closed, closed > 0), 0.5)
    assert only == near(wanted["closed_only_median_h"])
    week = [one for one in timelines if as_of - 7 * DAY <= one.opened < as_of]
    known = choose(week, Question(as_of=END))
    later = kaplan_meier(known.hours, known.fixed)
    assert quantile(later, 0.5) == near(wanted["later_known_median_h"])
    assert quantile_limits(later, 0.5) is not None


def test_the_flags_of_the_whole_log(
    program: Program, timelines: Sequence[Timeline], expected: Figures
) -> None:
    found = codes(made(program))
    assert set(found) == {
        *("closed_only", "auto_closed", "fixed_in_the_minute_opened"),
        *("fix_time_from_state_change", "imported_times"),
    }
    for code in ("auto_closed", "fixed_in_the_minute_opened"):
        assert found[code] == share(expected["flags"][code])
    assert max(set(ages := list(closing_ages(timelines))), key=ages.count) == 120


def test_a_log_cut_to_late_fixes_is_flagged(
    timelines: Sequence[Timeline], expected: Figures
) -> None:
    wanted = expected["cut_to_fixes_from_2016-04-15"]
    since = parse_instant("2016-04-15")
    late = [one for one in timelines if one.fixed is not None and one.fixed >= since]
    chosen = choose(late, Question(as_of=END))
    flags = {flag.code.value: flag.share for flag in raise_flags(chosen)}
    assert len(late) == wanted["n"]
    n = wanted["opened_before_first_fix"] / wanted["n"]
    assert flags[wanted["must_flag"]] == pytest.approx(n)
    median = quantile(kaplan_meier(chosen.hours, chosen.fixed), 0.5)
    assert median == near(wanted["median_h"])


def test_the_effect_of_team_changes_is_not_said(program: Program) -> None:
    from modelowners.cli.output import plain  # noqa: PLC0415 - only here

    said = json.dumps(plain(made(program)))
    assert "median_h_by_team_changes" not in said
    assert said.count("team_changes") == 1, "their mean, and nothing by their number"
