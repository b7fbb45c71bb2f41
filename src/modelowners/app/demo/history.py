"""
The demo's history: who changed what, and when; one of the changes is guilty.

The whole history is one `git fast-import` stream, so that authors, dates and
contents, and therefore every commit's hash, are the same on every machine.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib.resources import files

from modelowners.app.demo.sources import FIRST
from modelowners.core.errors import InputError
from modelowners.core.ids import asset_id
from modelowners.core.time import parse_instant
from modelowners.ledger.changes import Change, ChangeKind, Source, Who

ONSET = parse_instant("2013-10-29T14:00Z")
"""When the weather feed's first metric values reached the model, UTC."""

WEEK = timedelta(days=7)
FIRST_LOOK = ONSET - timedelta(days=8, hours=7)
"""Where the virtual clock starts: a Monday more than a week before the onset, 07:00."""

LAST_LOOK = FIRST_LOOK + 5 * WEEK
"""A Monday nearly four weeks after the onset; the log ends the day before."""

GUILTY = "Return metric units from the station client"


class EditMisses(InputError):
    """The demo's commit "{subject}" edits text that {path} does not hold."""


@dataclass(frozen=True, slots=True)
class Commit:
    """
    One commit: exact replacements in files that exist, or whole new files.

    Parameters
    ----------
    at : datetime
        Author's and committer's time, UTC.
    author : str
        Key in `people`; the address is theirs.
    subject : str
        First line of the message; `body` follows after a blank line.
    edits : tuple of (str, str, str)
        Path, old text (empty: a new file), new text.
    """

    at: datetime
    author: str
    subject: str
    body: str = ""
    edits: tuple[tuple[str, str, str], ...] = field(default=())

    def apply(self, tree: Mapping[str, str]) -> dict[str, str]:
        """
        Give the files that the commit leaves changed.

        Raises
        ------
        EditMisses
            If a text to be replaced is not there exactly once.
        """
        changed: dict[str, str] = {}
        for path, old, new in self.edits:
            content = changed.get(path, tree.get(path, ""))
            if old and content.count(old) != 1:
                raise EditMisses(subject=self.subject, path=path)
            changed[path] = content.replace(old, new) if old else new
        return changed


def catalog_text() -> str:
    """Give the demo's ownership file."""
    return (files(__package__) / "catalog.yaml").read_text(encoding="utf-8")


def commits(*, fault: bool = True) -> tuple[Commit, ...]:
    """
    Give the history, oldest first; without the fault its one guilty commit lacks.

    Examples
    --------
    >>> [c.author for c in commits() if c.subject == GUILTY]
    ['yuki']
    >>> len(commits()) - len(commits(fault=False))
    1
    """
    first = {"modelowners.yaml": catalog_text(), **FIRST}
    opening = Commit(
        parse_instant("2013-06-17T13:05Z"),
        "mia",
        "Predict late arrivals from four sources",
        edits=tuple((path, "", text) for path, text in first.items()),
    )
    return (opening, *(c for c in LATER if fault or c.subject != GUILTY))


LATER = (
    Commit(
        parse_instant("2013-07-11T15:20Z"),
        "tess",
        "Take schedules from the new mirror",
        edits=(("feeds/schedule/load.py", "example/v1", "example/v2"),),
    ),
    Commit(
        parse_instant("2013-08-06T08:45Z"),
        "lena",
        "Strip blanks around tail numbers",
        edits=(
            (
                "feeds/fleet/registry.py",
                "registry.get(tailnum, {})",
                "registry.get(tailnum.strip(), {})",
            ),
        ),
    ),
    Commit(
        parse_instant("2013-09-03T06:10Z"),
        "priya",
        "Read the September release of the airports",
        edits=(("feeds/airports/load.py", '"2013-06"', '"2013-09"'),),
    ),
    Commit(
        parse_instant("2013-09-24T14:32Z"),
        "noor",
        "Log the version beside each score",
        edits=(
            (
                "models/late_arrival/serve.py",
                '"score": float(chance)}',
                '"score": float(chance), "model_version": VERSION}',
            ),
        ),
    ),
    Commit(
        parse_instant("2013-10-01T14:00Z"),
        "gus",
        "Confirm who owns what",
        edits=tuple(
            (
                "modelowners.yaml",
                f"{{on: 2013-06-17, by: {person}}}",
                f"{{on: 2013-10-01, by: {person}}}",
            )
            for person in ("mia", "sam", "ines", "omar", "priya")
        ),
    ),
    Commit(
        parse_instant("2013-10-14T09:15Z"),
        "ines",
        "Allow a slow station 30 seconds",
        edits=(("feeds/weather/fetch.py", "timeout=10", "timeout=30"),),
    ),
    Commit(
        parse_instant("2013-10-22T16:40Z"),
        "omar",
        "Say what the registry holds",
        edits=(
            (
                "feeds/fleet/registry.py",
                "by its tail number.",
                "by its tail number (civil register).",
            ),
        ),
    ),
    Commit(
        parse_instant("2013-10-25T07:30Z"),
        "priya",
        "Read the October release of the airports",
        edits=(("feeds/airports/load.py", '"2013-09"', '"2013-10"'),),
    ),
    Commit(
        parse_instant("2013-10-27T18:05Z"),
        "sam",
        "Refresh schedules twice a day",
        "The winter timetable comes with late corrections.",
        edits=(("feeds/schedule/settings.yaml", "refresh: 24h", "refresh: 12h"),),
    ),
    Commit(
        parse_instant("2013-10-28T15:50Z"),
        "noor",
        "Update numpy",
        edits=(
            ("models/late_arrival/requirements.txt", "numpy==2.2.6", "numpy==2.3.1"),
        ),
    ),
    Commit(
        parse_instant("2013-10-29T09:40Z"),
        "yuki",
        GUILTY,
        "The station service offers metric units; everybody else in the\n"
        "organisation uses them.",
        edits=(
            (
                "feeds/weather/fetch.py",
                "?hour={hour}",
                "?hour={hour}&units=metric",
            ),
            (
                "feeds/weather/fetch.py",
                '"temp": raw.get("temperature"),',
                '"temp": raw.get("temperature"),  # degrees Celsius',
            ),
            (
                "feeds/weather/fetch.py",
                '"dewp": raw.get("dew_point"),',
                '"dewp": raw.get("dew_point"),  # degrees Celsius',
            ),
        ),
    ),
    Commit(
        parse_instant("2013-10-29T11:25Z"),
        "tess",
        "Cache schedules in half a gigabyte",
        edits=(("feeds/schedule/settings.yaml", "cache_mb: 256", "cache_mb: 512"),),
    ),
    Commit(
        parse_instant("2013-10-30T10:10Z"),
        "lena",
        "Skip rows of the registry without a tail number",
        edits=(
            (
                "feeds/fleet/registry.py",
                "for row in csv.DictReader(stream)}",
                'for row in csv.DictReader(stream) if row["tailnum"]}',
            ),
        ),
    ),
    Commit(
        parse_instant("2013-11-05T15:00Z"),
        "mia",
        "Name the target in the training script",
        edits=(
            (
                "models/late_arrival/train.py",
                "ROUNDS = 200",
                "ROUNDS = 200\nLATE_MINUTES = 15",
            ),
        ),
    ),
)
"""Everything after the first commit, oldest first."""


def stream(history: tuple[Commit, ...]) -> bytes:
    """
    Write the history as a `git fast-import` stream on the branch ``main``.

    Examples
    --------
    >>> stream(commits()).splitlines()[1]
    b'commit refs/heads/main'
    """
    return b"".join([b"feature done\n", *_commands(history), b"done\n"])


def _commands(history: tuple[Commit, ...]) -> Iterator[bytes]:
    tree: dict[str, str] = {}
    for commit in history:
        seconds = int(commit.at.timestamp())
        who = f"{commit.author.title()} <{commit.author}@airline.example>"
        message = f"{commit.subject}\n" + (f"\n{commit.body}\n" if commit.body else "")
        yield b"commit refs/heads/main\n"
        yield f"author {who} {seconds} +0000\n".encode()
        yield f"committer {who} {seconds} +0000\n".encode()
        yield _data(message)
        changed = commit.apply(tree)
        for path in sorted(changed):
            yield f"M 100644 inline {path}\n".encode() + _data(changed[path])
        tree |= changed


def _data(text: str) -> bytes:
    raw = text.encode()
    return b"data %d\n%s\n" % (len(raw), raw)


RECORDS = (
    ("2013-06-30T20:00Z", "deploy", "model:late-arrival", "noor", "Version 1 to prod"),
    ("2013-08-01T05:00Z", "data_run", "dataset:fleet-registry", "omar", "July release"),
    ("2013-10-01T05:00Z", "data_run", "dataset:fleet-registry", "omar", "Q3 release"),
    ("2013-10-27T04:00Z", "data_run", "dataset:flight-schedule", "sam", "Winter times"),
    ("2013-10-30T13:00Z", "config", "model:late-arrival", "noor", "Keep logs 400 days"),
    (
        "2013-11-03T06:00Z",
        "note",
        "dataset:flight-schedule",
        "tess",
        "Summer time ends",
    ),
)
"""What people recorded beside the code, with `modelowners record`."""


def records() -> tuple[Change, ...]:
    """
    Give the recorded changes, oldest first.

    Examples
    --------
    >>> records()[0].what
    'Version 1 to prod'
    """
    return tuple(
        Change(
            kind=ChangeKind(kind),
            asset=asset_id(asset),
            what=what,
            source=Source("record", "demo", f"demo-{number}"),
            occurred_at=parse_instant(at),
            recorded_at=parse_instant(at),
            who=Who(person=person, raw=f"{person}@airline.example"),
            version="1" if kind == "deploy" else None,
            environment="prod" if kind == "deploy" else None,
        )
        for number, (at, kind, asset, person, what) in enumerate(RECORDS)
    )
