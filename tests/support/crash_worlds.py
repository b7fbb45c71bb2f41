"""
Processes killed with -9 at a failpoint, and what their sink holds afterwards.

Run as a program it is a nursery: for each job on its standard input it forks a
process that takes one turn of the loop, and dies in it where it is told to. The
failpoints are reached by wrapping parts, never by hooks in what is tested.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from incident_worlds import MODEL, NOON, OWNERSHIP, WEATHER, World, cause
from postgres_worlds import Server, server
from sqlalchemy import event

from modelowners.app.loop import turn
from modelowners.catalog import load
from modelowners.core.time import HOUR, VirtualClock, format_instant, parse_instant
from modelowners.incidents.notices import Message
from modelowners.incidents.ports import Receipt
from modelowners.incidents.repository import Incidents
from modelowners.store.database import Database

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from modelowners.incidents.entries import Commit

FAILPOINTS = {
    "F1": "before the commit",
    "F2": "committed, not acknowledged",
    "F3": "acknowledged, unclaimed",
    "F4": "claimed, unsent",
    "F5": "sent, unmarked",
    "F6": "marked, before the next escalation",
}
"""Where a process is killed."""

DATABASES = ("sqlite", "postgresql")

LATER = NOON + 2 * HOUR
"""When a step of the escalation plan has fallen due."""


@dataclass(frozen=True)
class Job:
    """
    One turn of the loop, in a process of its own.

    Parameters
    ----------
    place : str
        Of the state.
    folder : str
        Holds the ownership file, what the sink took and what was acknowledged.
    now : str
        The instant of the turn.
    failpoint : str
        Where to die; anything else is nowhere.
    at : int
        The how-manieth time it is reached, from 1.
    """

    place: str
    folder: str
    now: str
    failpoint: str = ""
    at: int = 1


@dataclass(frozen=True)
class Row:
    """
    What became of some rounds at one failpoint.

    Parameters
    ----------
    database, failpoint : str
        Of `DATABASES` and `FAILPOINTS`.
    rounds : int
        How often a process was killed there.
    lost : int
        Messages that an undisturbed run sends and the sink never saw.
    repeated : int
        Messages the sink saw again.
    unmarked : int
        Repeats that did not say that they may be one.
    """

    database: str
    failpoint: str
    rounds: int
    lost: int = 0
    repeated: int = 0
    unmarked: int = 0


class UnexpectedMessage(AssertionError):
    """The sink was sent what an undisturbed run does not send."""


class Sink:
    """
    Keeps each message on the disk before it says that it took it.

    Parameters
    ----------
    folder : Path
        Holds ``sent.jsonl`` and, where it is known, what may come.
    reached : callable
        Called with the name of each failpoint that is passed.
    """

    def __init__(self, folder: Path, reached: Callable[[str], None]) -> None:
        self.folder = folder
        self.reached = reached

    def send(self, message: Message) -> Receipt:
        """Take a message that is expected; die on any other."""
        self.reached("F4")
        line = {
            "id": message.id,
            "kind": message.notice.kind.value,
            "to": str(message.address),
            "person": message.notice.person,
            "repeat": message.repeat,
        }
        allowed = self.folder / "expected.json"
        if allowed.exists() and what(line) not in json.loads(allowed.read_text()):
            add_line(self.folder / "unexpected.jsonl", line)
            raise UnexpectedMessage(message.id)
        add_line(self.folder / "sent.jsonl", line)
        self.reached("F5")
        return Receipt(ref=message.id)


def what(line: Mapping[str, object]) -> list[object]:
    """Say which message it is, whether it comes for the first time or again."""
    return [line["id"], line["kind"], line["to"], line["person"]]


def add_line(place: Path, value: object) -> None:
    """Write a line so that a crash afterwards cannot undo it."""
    with place.open("a", encoding="utf-8") as file:
        file.write(json.dumps(value) + "\n")
        file.flush()
        os.fsync(file.fileno())


def read_lines(place: Path) -> list[dict[str, object]]:
    """Read what `add_line` wrote."""
    if not place.exists():
        return []
    return [json.loads(line) for line in place.read_text("utf-8").splitlines()]


def live(job: Job) -> None:
    """Take one turn, as a process that may be killed in it."""
    folder, seen = Path(job.folder), Counter[str]()

    def reached(point: str) -> None:
        seen[point] += 1
        if point == job.failpoint and seen[point] == job.at:
            os.kill(os.getpid(), signal.SIGKILL)

    class Parts(World):
        @property
        def notifiers(self) -> dict[str, Sink]:
            return dict.fromkeys(("console", "file"), Sink(folder, reached))

    with Database.open(job.place) as database:
        world = Parts(
            load(folder / "modelowners.yaml"),
            clock=VirtualClock(parse_instant(job.now)),
            database=database,
        )
        world.make_sick(cause(0.9, asset=WEATHER))
        wrap(world, folder, reached)
        with world.incidents.sole() as alone:
            assert alone, "the process before still holds the loop"
            world.incidents.release()
            report = turn(world, as_of=world.clock.now())
            assert not [look.error for look in report.looks if look.error]
            reached("F6")
    if not (folder / "reached.json").exists():
        (folder / "reached.json").write_text(json.dumps(seen), encoding="utf-8")


def wrap(world: World, folder: Path, reached: Callable[[str], None]) -> None:
    """Put the failpoints of committing around the parts of a world."""
    commit = world.incidents.commit
    committing: list[bool] = []

    def statement(*_: object) -> None:
        if committing:
            reached("F1")

    def committed(_: Connection) -> None:
        statement()

    def accept(what: Commit) -> bool:
        committing.append(True)
        new = commit(what)
        committing.clear()
        reached("F2")
        # From here on the sender may rely on it: a 2xx, or exit status 0.
        add_line(folder / "acknowledged.jsonl", {"incident": what.incident})
        reached("F3")
        return new

    event.listen(world.database.engine, "before_cursor_execute", statement)
    event.listen(world.database.engine, "commit", committed)
    world.incidents.commit = accept  # type: ignore[method-assign, assignment]  # a failpoint


class Nursery:
    """
    Runs jobs in processes forked from one that has everything imported.

    Parameters
    ----------
    process : Popen
        This module, run as a program.
    """

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def run(self, job: Job) -> int:
        """Give the exit status of a job: negative where a signal ended it."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(asdict(job)) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())


@contextmanager
def nursery() -> Iterator[Nursery]:
    """Start a nursery, and end it."""
    run = [sys.executable, __file__]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        run,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ) as process:
        yield Nursery(process)
        assert process.stdin is not None
        process.stdin.close()


class Cradle:
    """
    Fresh places for states, each at the newest schema.

    Parameters
    ----------
    folder : Path
        Where everything of a round lies.
    postgres : Server
        Where databases are made.
    """

    def __init__(self, folder: Path, postgres: Server) -> None:
        self.folder = folder
        self.postgres = postgres
        self.made = 0
        self.template = folder / "template.db"
        Database.open(self.template).close()
        self.migrated = postgres.fresh()
        Database.open(self.migrated).close()

    def round(self, database: str) -> tuple[str, Path]:
        """Give the place of a fresh state, and a folder with an ownership file."""
        self.made += 1
        folder = self.folder / f"round-{self.made}"
        folder.mkdir()
        (folder / "modelowners.yaml").write_text(OWNERSHIP, encoding="utf-8")
        if database == "postgresql":
            return self.postgres.copy(self.migrated), folder
        shutil.copy(self.template, folder / "state.db")
        return str(folder / "state.db"), folder

    def end(self, place: str) -> None:
        """Forget a state, so that hundreds of rounds do not pile up."""
        if "://" in place:
            self.postgres.drop(place)


def undisturbed(
    cradle: Cradle, hatch: Nursery, database: str
) -> tuple[list[list[object]], dict[str, int]]:
    """Give what a run that nobody kills sends, and how often it passes each point."""
    place, folder = cradle.round(database)
    for now in (NOON, LATER):
        assert hatch.run(job(place, folder, now)) == 0
    sent = [what(line) for line in read_lines(folder / "sent.jsonl")]
    assert len(sent) >= 3, "a note, a page and a step of the escalation"
    assert len({json.dumps(one) for one in sent}) == len(sent)
    return sent, json.loads((folder / "reached.json").read_text("utf-8"))


def job(
    place: str, folder: Path, now: datetime, failpoint: str = "", at: int = 1
) -> Job:
    """Write a job."""
    return Job(place, str(folder), format_instant(now), failpoint, at)


def measure(
    cradle: Cradle, hatch: Nursery, database: str, failpoint: str, *, rounds: int
) -> Row:
    """
    Kill a process at a failpoint again and again, each time in a fresh world.

    Parameters
    ----------
    cradle, hatch
        Where states and processes come from.
    database, failpoint : str
        Of `DATABASES` and `FAILPOINTS`.
    rounds : int
        At least 1.

    Returns
    -------
    Row
        What was lost and repeated.
    """
    expected, passed = undisturbed(cradle, hatch, database)
    lost = repeated = unmarked = 0
    for number in range(rounds):
        place, folder = cradle.round(database)
        (folder / "expected.json").write_text(json.dumps(expected), encoding="utf-8")
        at = 1 + number % passed[failpoint]
        kill(hatch, job(place, folder, NOON, failpoint, at))
        # What comes afterwards is nobody's special care: the loop runs again.
        for now in (NOON, LATER, LATER):
            if failpoint == "F6" and now == NOON:
                continue  # time has passed while nobody was running
            assert hatch.run(job(place, folder, now)) == 0
        assert not read_lines(folder / "unexpected.jsonl")
        check_state(place)
        cradle.end(place)
        sent = read_lines(folder / "sent.jsonl")
        times = Counter(json.dumps(what(line)) for line in sent)
        lost += sum(json.dumps(one) not in times for one in expected)
        repeated += sum(times.values()) - len(times)
        unmarked += sum(times.values()) - len(times)
        unmarked -= sum(bool(line["repeat"]) for line in again(sent))
    return Row(database, failpoint, rounds, lost, repeated, unmarked)


def again(sent: list[dict[str, object]]) -> Iterator[dict[str, object]]:
    """Give the lines whose message came before."""
    seen = set()
    for line in sent:
        if line["id"] in seen:
            yield line
        seen.add(line["id"])


def kill(hatch: Nursery, doomed: Job) -> None:
    """Let a process die, and see that it was at its point."""
    died = hatch.run(doomed)
    assert died == -signal.SIGKILL, f"{doomed.failpoint} was not reached"
    acknowledged = read_lines(Path(doomed.folder) / "acknowledged.jsonl")
    assert bool(acknowledged) == (doomed.failpoint not in {"F1", "F2"})


def check_state(place: str) -> None:
    """See that one incident was opened, and that its record is whole."""
    with Database.open(place) as database:
        incidents = Incidents(database)
        (incident,) = incidents.of(MODEL)
        kinds = [event.kind for event in incidents.history(incident.id)]
        assert kinds.count("incident.opened") == 1
        assert incidents.waiting() == ()
        assert incidents.rebuild() == ()
        assert incidents.verify().fault is None


@contextmanager
def workshop(folder: Path, postgres: Server | None = None) -> Iterator[Cradle]:
    """Give a cradle in a folder, on a server that runs or on one of its own."""
    if postgres is not None:
        yield Cradle(folder, postgres)
        return
    with server(hasty=False) as started:
        yield Cradle(folder, started)


def main() -> None:
    """Fork a process for each job, and tell how it ended."""
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            try:
                live(Job(**json.loads(line)))
            except BaseException:  # noqa: BLE001 - the fork must never return
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
