"""The speed report as one self-contained page, without script."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from modelowners import __version__
from modelowners.app.charts.drawing import Figure, Table
from modelowners.app.charts.hours import Lane, Share, Stretch, draw_hours, draw_lanes
from modelowners.app.charts.survival import draw_survival
from modelowners.app.documents import template
from modelowners.app.phrases import clean, say_instant, say_share
from modelowners.app.speed import Measured
from modelowners.app.speed_text import (
    PART_NAMES,
    say_count,
    say_flag,
    say_hours,
    say_limits,
    say_span,
    say_spell,
)
from modelowners.measurement.cohorts import choose
from modelowners.measurement.comparison import Ratio
from modelowners.measurement.courses import Course, StepTime
from modelowners.measurement.durations import WITH_RIGHT_TEAM, Part
from modelowners.measurement.flags import Code
from modelowners.measurement.speed import NotSaid, SpeedReport, curve_of
from modelowners.measurement.timelines import Step

NARROW = 328.0
FLAG_WHY = {
    Code.LENGTH_BIASED: "the log holds only what ended late",
    Code.CLOSED_ONLY: "no incident is open: what lasts is hidden",
    Code.AUTO_CLOSED: "a timer closes tickets",
    Code.FIXED_IN_THE_MINUTE_OPENED: "written down afterwards",
    Code.FIX_TIME_FROM_STATE_CHANGE: "nobody stated when they were fixed",
    Code.SEVERITY_RELABELLED: "severity was changed on the way",
    Code.OWNER_AFTER_TROUBLE: "owners were named after bad incidents",
    Code.IMPORTED_TIMES: "times were typed into another tool",
}
STEP_NAMES = tuple(step.value.replace("_", " ") for step in Step)


@dataclass(frozen=True, slots=True)
class Pictures:
    """The same figure for a wide and for a narrow screen."""

    wide: Figure
    narrow: Figure


@dataclass(frozen=True, slots=True)
class FlagView:
    """A flag and what it means."""

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Item:
    """A figure with its interval, or why there is none; all text."""

    name: str
    value: str = ""
    interval: str = ""
    said: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A numbered part of the report."""

    title: str
    items: tuple[Item, ...]
    picture: Pictures | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of the box of key facts."""

    name: str
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeedPage:
    """Everything the template may read; nothing else is handed over."""

    version: str
    as_of: str
    title: str
    lead: str
    flags: tuple[FlagView, ...]
    hours: Pictures | None
    hours_lines: tuple[str, ...]
    sections: tuple[Section, ...]
    steps: Pictures | None
    step_table: Table
    not_said: tuple[NotSaid, ...]
    facts: tuple[Fact, ...]
    command: str


def render(measured: Measured) -> str:
    """
    Write a speed report as one self-contained HTML page.

    Parameters
    ----------
    measured : Measured
        The report and what it was made from.

    Returns
    -------
    str
        HTML without script and without a reference to anything outside; the
        same report gives the same bytes.
    """
    return template("speed.html").render(page=lay_out(measured))


def lay_out(measured: Measured) -> SpeedPage:
    """Choose and word what the page shows."""
    report = measured.report
    counts, lanes = report.counts, tuple(map(_lane, report.courses))
    drawn = tuple(lane for lane in lanes if lane.stretches)
    return SpeedPage(
        version=__version__,
        as_of=say_instant(report.as_of),
        title=_title(report),
        lead=f"{say_count(counts.incidents)}, {counts.open:,} open (counted as open).",
        flags=tuple(FlagView(say_flag(f), FLAG_WHY[f.code]) for f in report.flags),
        hours=_hours(report),
        hours_lines=tuple(_hours_lines(report)),
        sections=(
            Section("Routing", tuple(_routing(report))),
            Section("Time to fix", tuple(_time(report)), _curve(measured)),
            Section("Ownership", tuple(_ownership(report))),
            Section("What if", tuple(_what_if(report))),
        ),
        steps=_both(drawn) if drawn else None,
        step_table=_step_table(report.courses),
        not_said=report.not_said,
        facts=tuple(_facts(report)),
        command=report.reproduce.command,
    )


def _title(report: SpeedReport) -> str:
    found = report.hours.parts
    lost = [found.get(part) for part in (Part.NOBODY, Part.ANOTHER_TEAM)]
    known = [share for share in lost if share is not None]
    if not known:
        return "How fast trouble is found, routed and fixed"
    return f"{say_share(sum(known))} of the hours: nobody or another team had it"


def _hours(report: SpeedReport) -> Pictures | None:
    if "parts" in report.hours.reasons:
        return None
    shares = [
        Share(_part_name(part), part.value, share or 0.0)
        for part, share in report.hours.parts.items()
    ]
    return Pictures(draw_hours(shares), draw_hours(shares, width=NARROW))


def _part_name(part: Part) -> str:
    name = PART_NAMES[part]
    if part is Part.RIGHT_TEAM:
        return "the right team had it"
    return f"the right team: {name}" if part in WITH_RIGHT_TEAM else name


def _hours_lines(report: SpeedReport) -> Iterator[str]:
    hours, cap = report.hours, f"{report.tau_h / 24:g} d"
    if "parts" in hours.reasons:
        yield f"Too few to say: {hours.reasons['parts']}."
        return
    yield f"{report.counts.mature:,} mature incidents, each capped at {cap}."
    bounds = hours.bounds
    if bounds.first_touch is not None and bounds.final_arrival is not None:
        first, last = say_share(bounds.first_touch), say_share(bounds.final_arrival)
        yield (
            f"Routing cost between {first} of the hours (before the right team first "
            f"saw it) and {last} (before it kept it)."
        )


def _routing(report: SpeedReport) -> Iterator[Item]:
    found, same = report.routing, report.same_team
    name = "First route kept"
    if found.kept is None or found.ci is None:
        yield Item(name, said=f"too few to say: {found.reasons['kept']}")
    else:
        low, high = (f"{100 * bound:.1f}" for bound in found.ci)
        said = f"{found.incidents:,} incidents"
        yield Item(name, f"{100 * found.kept:.1f} %", f"[{low}, {high}]", said)
    yield _ratio("Same team, detoured / direct", same.total, same.teams)
    yield _ratio("The same, after it arrived", same.after_arrival, same.teams)


def _ratio(name: str, found: Ratio, teams: int) -> Item:
    if found.ratio is None or found.ci is None:
        return Item(name, said=found.reason or found.verdict.value)
    low, high = (f"{bound:.1f}" for bound in found.ci)
    said = f"{found.verdict.value}, {teams} teams"
    return Item(name, f"{found.ratio:.1f}x", f"[{low}, {high}]", said)


def _time(report: SpeedReport) -> Iterator[Item]:
    found = report.time_to_fix
    for name, key, value, limits in (
        ("Half are fixed within", "median_h", found.median_h, found.median_ci),
        ("Nine tenths within", "p90_h", found.p90_h, found.p90_ci),
        (
            f"Lost per incident, {report.tau_h / 24:g} d cap",
            "rmst_h",
            found.rmst_h,
            found.rmst_ci,
        ),
    ):
        if value is None:
            yield Item(name, said=found.reasons[key])
        else:
            yield Item(name, f"{say_hours(value)} h", say_limits(limits))


def _curve(measured: Measured) -> Pictures | None:
    curve = curve_of(choose(measured.timelines, measured.asked))
    if curve is None:
        return None
    cap = measured.report.tau_h
    narrow = draw_survival(curve, cap=cap, width=NARROW, height=220.0)
    return Pictures(draw_survival(curve, cap=cap), narrow)


def _ownership(report: SpeedReport) -> Iterator[Item]:
    found, name = report.ownership, "With an owner / without, inside the same model"
    if found.ratio is None or found.ci is None:
        yield Item(name, said=found.reason or found.verdict.value)
        return
    low, high = (f"{bound:.2f}" for bound in found.ci)
    yield Item(name, f"{found.ratio:.2f}x", f"[{low}, {high}]", found.verdict.value)
    if found.smallest_ratio is not None:
        said = f"{found.models_both} models changed"
        smallest = f"{found.smallest_ratio:.2f}x"
        yield Item("Smallest ratio this could show", smallest, said=said)


def _what_if(report: SpeedReport) -> Iterator[Item]:
    found, name = report.what_if, "Every first route right"
    if found.backtest is None or found.low is None or found.high is None:
        why = found.reasons.get("backtest") or found.reasons["low"]
        yield Item(name, said=f"too few to say: {why}")
        return
    spared = say_span(found.low, found.high)
    yield Item(name, spared, "of the hours", "accounting, not a promise")
    error = f"{100 * found.backtest.error:+.0f} %"
    yield Item("The last such forecast was off by", error)


def _lane(course: Course) -> Lane:
    taken = sorted(
        (one.since_detected_h, place, one.step.value.replace("_", " "))
        for place, one in enumerate(course.steps)
        if one.since_detected_h is not None
    )
    stretches = tuple(
        Stretch(name, max(start, 0.0), end)
        for (start, _, _), (end, _, name) in pairwise(taken)
        if end > max(start, 0.0)
    )
    return Lane(f"{course.incident} {course.model}", stretches, say_spell(course.hours))


def _both(lanes: Sequence[Lane]) -> Pictures:
    wide = draw_lanes(lanes, STEP_NAMES)
    return Pictures(wide, draw_lanes(lanes, STEP_NAMES, width=NARROW))


def _step_table(found: Sequence[Course]) -> Table:
    header = ("step", *(clean(course.incident) for course in found))
    taken = zip(*(course.steps for course in found), strict=True)
    rows = [
        (name, *map(_step_cell, same))
        for name, same in zip(STEP_NAMES, taken, strict=bool(found))
    ]
    return Table(header, tuple(rows))


def _step_cell(taken: StepTime) -> str:
    if taken.at is None or taken.since_detected_h is None:
        return "not recorded"
    if taken.step is Step.DETECTED:
        return say_instant(taken.at)
    return f"+ {say_spell(taken.since_detected_h)}"


def _facts(report: SpeedReport) -> Iterator[Fact]:
    counts, origin = report.counts, report.reproduce
    yield Fact("Mature", (f"{counts.mature:,}, of them open {counts.mature_open:,}",))
    if counts.merged or counts.dismissed:
        said = f"{counts.merged:,} merged, {counts.dismissed:,} dismissed"
        yield Fact("Counted, not timed", (said,))
    right = report.routing.right_by
    if right["cause"] is not None:
        said = f"by a confirmed cause {say_share(right['cause'])}, "
        said += f"by who fixed it {say_share(right['resolver'])}"
        yield Fact("Right team known", (said,))
    tests = report.same_team.log_rank
    if tests["plain"] is not None and tests["by_team"] is not None:
        said = f"{tests['plain']:,.0f}; within teams {tests['by_team']:,.0f}"
        yield Fact("Log-rank, detoured against direct", (said,))
    yield Fact("Seed", (str(origin.seed),))
    if origin.catalog:
        yield Fact("Catalog", (origin.catalog[:19],))
    if origin.imports:
        yield Fact("Imported", tuple(clean(one)[:60] for one in origin.imports))
