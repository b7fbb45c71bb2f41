"""The speed report as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from modelowners.app.lines import Line, Tone
from modelowners.app.phrases import clean, say_instant, say_share
from modelowners.core.time import HOUR
from modelowners.measurement.comparison import Ratio
from modelowners.measurement.courses import Course
from modelowners.measurement.durations import WITH_RIGHT_TEAM, Part
from modelowners.measurement.flags import Flag
from modelowners.measurement.ownership import Ownership
from modelowners.measurement.speed import SpeedReport, TimeToFix
from modelowners.measurement.survival import Interval
from modelowners.measurement.timelines import Step

COURSES = 5
"""Incidents shown step by step on a terminal: the newest."""

PART_NAMES: Mapping[Part, str] = {
    Part.NOBODY: "nobody had it",
    Part.ANOTHER_TEAM: "another team had it",
    Part.UNANSWERED: "not taken on yet",
    Part.DIAGNOSING: "looking for the cause",
    Part.WAITING_APPROVAL: "waiting for consent",
    Part.FIXING: "fixing",
    Part.RIGHT_TEAM: "not told apart",
    Part.STILL_OPEN: "still open",
    Part.NOT_RECORDED: "not recorded",
}
_OWN = "the right team had it"
_COLUMN = 26
_ONE, _DAYS, _WHOLE = 1.0, 48.0, 200.0
_MINUTE = 1 / 60


def tell_speed(report: SpeedReport) -> Iterator[Line]:
    """
    Tell a speed report: flags first, then what is trusted most.

    Parameters
    ----------
    report : SpeedReport
        The figures.
    """
    counts = report.counts
    said = f"{say_count(counts.incidents)}, {counts.open:,} open (counted as open)"
    yield Line(
        f"DEBUG SPEED  as of {say_instant(report.as_of)}   {said}", Tone.TITLE, hang=2
    )
    if counts.merged or counts.dismissed:
        yield Line(
            f"not timed: {counts.merged:,} merged, {counts.dismissed:,} dismissed",
            Tone.QUIET,
        )
    if not counts.incidents:
        yield Line(
            "No incident is recorded yet. `modelowners watch` opens them; "
            "`modelowners import tickets FILE --map MAP` reads another tool's.",
            hang=2,
        )
    if report.flags:
        yield Line("  ".join(map(say_flag, report.flags)), Tone.BAD, hang=2)
    if counts.incidents:
        yield from _hours(report)
        yield from _routing(report)
        yield from _time(report.time_to_fix, report.tau_h)
        yield from _ownership(report.ownership)
        yield from _what_if(report)
        yield from _courses(report.courses)
    refused = ", ".join(one.what for one in report.not_said)
    yield _head(f"NOT SAID        {refused}")
    catalog = report.reproduce.catalog
    tail = f"   # catalog {catalog.removeprefix('sha256:')[:7]}" if catalog else ""
    yield Line(f"{report.reproduce.command}{tail}", Tone.COMMAND)


def say_count(n: int) -> str:
    """
    Write a number of incidents.

    Examples
    --------
    >>> say_count(1), say_count(13302)
    ('1 incident', '13,302 incidents')
    """
    return "1 incident" if n == 1 else f"{n:,} incidents"


def say_hours(hours: float | None) -> str:
    """
    Write hours: to the hundredth below one, whole from 200 on.

    Examples
    --------
    >>> say_hours(0.4333), say_hours(29.5167), say_hours(406.4), say_hours(None)
    ('0.43', '29.5', '406', 'not reached')
    """
    if hours is None:
        return "not reached"
    if hours < _ONE:
        return f"{hours:.2f}"
    return f"{hours:.1f}" if hours < _WHOLE else f"{hours:,.0f}"


def say_spell(hours: float) -> str:
    """
    Write a spell of time in the unit a person would use.

    Examples
    --------
    >>> say_spell(0.2), say_spell(5.25), say_spell(100.0), say_spell(-0.5)
    ('12 min', '5.2 h', '4.2 d', '-30 min')
    """
    size, sign = abs(hours), "-" if hours < 0 else ""
    if size < _MINUTE:
        return f"{sign}{size * 3600:.0f} s"
    if size < _ONE:
        return f"{sign}{size * 60:.0f} min"
    return f"{sign}{size:.1f} h" if size < _DAYS else f"{sign}{size / 24:.1f} d"


def say_limits(limits: Interval | None) -> str:
    """
    Write the limits of some hours.

    Examples
    --------
    >>> say_limits((79.4667, None))
    '[79.5, not reached]'
    """
    low, high = limits or (None, None)
    return f"[{say_hours(low)}, {say_hours(high)}]"


def say_span(low: float, high: float) -> str:
    """
    Write two shares as one span of per cent.

    Examples
    --------
    >>> say_span(0.235, 0.352), say_span(0.121, 0.124)
    ('24-35 %', '12 %')
    """
    first, last = f"{100 * low:.0f}", f"{100 * high:.0f}"
    return f"{first} %" if first == last else f"{first}-{last} %"


def say_flag(flag: Flag) -> str:
    """
    Write a flag with its share, where it is not all.

    Examples
    --------
    >>> from modelowners.measurement.flags import Code
    >>> say_flag(Flag(Code.AUTO_CLOSED, 0.66)), say_flag(Flag(Code.CLOSED_ONLY, 1.0))
    ('! auto_closed 66 %', '! closed_only')
    """
    whole = flag.share is None or flag.share == 1
    return f"! {flag.code.value}" + ("" if whole else f" {say_share(flag.share)}")


def _head(text: str) -> Line:
    return Line(text, Tone.TITLE, hang=2)


def _row(name: str, value: str, *, indent: int = 2) -> Line:
    return Line(f"{name:<{_COLUMN - indent}}{value}", indent=indent, hang=2)


def _hours(report: SpeedReport) -> Iterator[Line]:
    hours, cap = report.hours, f"{report.tau_h / 24:g} d"
    if "parts" in hours.reasons:
        yield _head(
            f"1 WHERE THE HOURS WENT   too few to say: {hours.reasons['parts']}"
        )
        return
    told = f"{say_count(report.counts.mature)} older than {cap}, each capped there"
    yield _head(f"1 WHERE THE HOURS WENT   {told}")
    known = {part: share or 0.0 for part, share in hours.parts.items()}
    for part in (Part.NOBODY, Part.ANOTHER_TEAM):
        yield _row(PART_NAMES[part], _percent(known[part]))
    yield _row(_OWN, _percent(sum(known[part] for part in WITH_RIGHT_TEAM)))
    if any(known[part] for part in WITH_RIGHT_TEAM if part is not Part.RIGHT_TEAM):
        for part in WITH_RIGHT_TEAM:
            if known[part]:
                yield _row(PART_NAMES[part], _percent(known[part]), indent=4)
    for part in (Part.STILL_OPEN, Part.NOT_RECORDED):
        yield _row(PART_NAMES[part], _percent(known[part]))
    bounds, late = hours.bounds, hours.undetected_h
    if bounds.first_touch is not None:
        said = f"{say_share(bounds.first_touch)} before the right team first saw it, "
        said += f"{say_share(bounds.final_arrival)} before it kept it"
        yield Line(f"routing: {said}", indent=2, hang=2)
    if late.low is not None and late.high is not None:
        said = f"{say_spell(late.low)} to {say_spell(late.high)} in all, "
        said += say_count(late.incidents)
        yield Line(f"before detection: {said}", indent=2, hang=2)


def _percent(share: float) -> str:
    return f"{say_share(share):>5}"


def _routing(report: SpeedReport) -> Iterator[Line]:
    found, same = report.routing, report.same_team
    if found.kept is None or found.ci is None:
        yield _head(f"2 ROUTING       too few to say: {found.reasons['kept']}")
        return
    low, high = (f"{100 * bound:.1f}" for bound in found.ci)
    said = f"first route kept {100 * found.kept:.1f} % [{low}, {high}]"
    if found.tosses is not None:
        said += f"   {found.tosses:.2g} tosses each"
    yield _head(f"2 ROUTING       {said}   {say_count(found.incidents)}")
    for name, ratio in (
        ("same team, detoured / direct", same.total),
        ("after it arrived", same.after_arrival),
    ):
        if ratio.ratio is not None or ratio is same.total:
            said = _ratio(ratio, same.teams)
            yield Line(f"{name:<30}{said}", indent=2, hang=30)


def _ratio(ratio: Ratio, teams: int) -> str:
    if ratio.ratio is None or ratio.ci is None:
        return ratio.reason or ratio.verdict.value
    low, high = (f"{bound:.1f}" for bound in ratio.ci)
    return f"{ratio.ratio:.1f}x [{low}, {high}]   {ratio.verdict.value} ({teams} teams)"


def _time(found: TimeToFix, cap: float) -> Iterator[Line]:
    if found.median_ci is None:
        yield _head(f"3 TIME TO FIX   {found.reasons['median_h']}")
        return
    median = f"median {_quantile(found.median_h, found.median_ci)}"
    p90 = f"p90 {_quantile(found.p90_h, found.p90_ci)}"
    yield _head(f"3 TIME TO FIX   {median}   {p90}")
    lost = f"lost per incident, {cap / 24:g} d cap: "
    if found.rmst_h is None:
        yield Line(lost + found.reasons["rmst_h"], indent=2, hang=2)
    else:
        said = f"{say_hours(found.rmst_h)} h {say_limits(found.rmst_ci)}"
        yield Line(lost + said, indent=2, hang=2)
    if found.outcomes:
        ways = ", ".join(
            f"{clean(way)} {say_share(share)}" for way, share in found.outcomes.items()
        )
        yield Line(f"ended by then: {ways}", indent=2, hang=2)


def _quantile(value: float | None, limits: Interval | None) -> str:
    unit = "" if value is None else " h"
    return f"{say_hours(value)}{unit} {say_limits(limits)}"


def _ownership(found: Ownership) -> Iterator[Line]:
    if found.ratio is None or found.ci is None:
        yield _head(f"4 OWNERSHIP     {found.reason or found.verdict.value}")
        return
    low, high = (f"{bound:.2f}" for bound in found.ci)
    said = f"inside the same model {found.ratio:.2f}x [{low}, {high}]"
    yield _head(f"4 OWNERSHIP     {said}   {found.verdict.value}")
    told = f"{found.models_both} models changed"
    if found.smallest_ratio is not None:
        told = f"smallest ratio this could show {found.smallest_ratio:.2f}x; {told}"
    yield Line(f"{told}{f'; {found.reason}' if found.reason else ''}", indent=2, hang=2)


def _what_if(report: SpeedReport) -> Iterator[Line]:
    found = report.what_if
    if found.backtest is None or found.low is None or found.high is None:
        why = found.reasons.get("backtest") or found.reasons["low"]
        yield _head(f"5 WHAT IF       too few to say: {why}")
        return
    error = f"{100 * found.backtest.error:+.0f} %"
    said = f"every first route right: {say_span(found.low, found.high)} of hours"
    yield _head(f"5 WHAT IF       {said}; last forecast off by {error}")


def _courses(found: tuple[Course, ...]) -> Iterator[Line]:
    if not found:
        return
    shown = found[-COURSES:]
    more = "" if len(shown) == len(found) else f"    the newest {len(shown)}"
    yield _head(f"6 STEP BY STEP{more}")
    for course in shown:
        state = "open for" if course.open else "fixed after"
        who = clean(course.team or "nobody")
        said = f"{course.incident}  {clean(course.model)}, {who}: {state} "
        yield Line(said + say_spell(course.hours), indent=2, hang=2)
        yield from _steps(course)


def _steps(course: Course) -> Iterator[Line]:
    detected = course.steps[0].at
    heads = ("after detection", "after the step before")
    yield _columns("", *heads, tone=Tone.QUIET)
    if detected and course.began_low and course.began_high:
        near, far = (
            (detected - at) / HOUR for at in (course.began_high, course.began_low)
        )
        yield _columns("began", f"{say_spell(near)} to {say_spell(far)} before")
    for taken in course.steps:
        name = taken.step.value.replace("_", " ")
        if taken.at is None or taken.since_detected_h is None:
            if taken.step not in _OPTIONAL:
                yield _columns(name, "not recorded", tone=Tone.QUIET)
        elif taken.step is Step.DETECTED:
            yield _columns(name, say_instant(taken.at))
        else:
            before = taken.since_previous_h
            since = "" if before is None else say_spell(before)
            yield _columns(name, say_spell(taken.since_detected_h), since)


def _columns(
    name: str, first: str, second: str = "", *, tone: Tone = Tone.PLAIN
) -> Line:
    text = f"{name:<20}{first:<18}{second}".rstrip()
    return Line(text, tone, indent=4, fixed=True)


_OPTIONAL = frozenset(
    {Step.APPROVAL_REQUESTED, Step.APPROVAL_GRANTED, Step.FIX_FINISHED}
)
"""Steps that most incidents do without."""
