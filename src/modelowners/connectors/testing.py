"""
The conformance kit: laws every connector keeps, ready for a stranger's tests.

Each function runs one law and raises `Nonconforming`, which says what broke::

    def test_laws(tmp_path):
        check_change_source(
            lambda batch_size: MyChanges(..., batch_size=batch_size),
            lambda: Ledger(Database.open(":memory:")),
        )
        check_notifier(lambda: SinkOnTrial(MySink(...), "mine:target", my_sink_shows))
"""

from __future__ import annotations

import random
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from modelowners.core.ids import IncidentId, asset_id
from modelowners.core.time import DAY, VirtualClock, parse_instant
from modelowners.incidents.notices import Address, Message, Notice, NoticeKind, cleaned
from modelowners.incidents.ports import Notifier
from modelowners.incidents.severity import Severity
from modelowners.ledger import capture
from modelowners.ledger.changes import Change
from modelowners.ledger.ports import Batch, ChangeSource
from modelowners.ledger.repository import Ledger
from modelowners.remediation.ports import Registered, RegistryFailed

MakeSource = Callable[[int], ChangeSource]
"""Gives the same source anew, for a number of changes to tell at a time."""

MakeLedger = Callable[[], Ledger]
"""Gives an empty ledger."""

START = parse_instant("2026-06-01")
SHUFFLES = 5
HOSTILE = "a\r\nBcc: eve@evil.example\x1b[31m\u202e\x00<!channel> \udce9 “quoted”"
"""What a column's name or a commit's subject may hold."""


class Repository:
    """
    A git repository to try things on, independent of whoever runs the test.

    Parameters
    ----------
    folder : Path
        Made where it is absent; its branch is ``main``.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "-b", "main")

    def git(self, *arguments: str, at: str = "2026-06-01T00:00:00Z") -> str:
        """Run git here, as Ann at an instant; give what it prints."""
        environment = {
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_AUTHOR_NAME": "Ann",
            "GIT_AUTHOR_EMAIL": "ann@example.org",
            "GIT_COMMITTER_NAME": "Ann",
            "GIT_COMMITTER_EMAIL": "ann@example.org",
            "GIT_AUTHOR_DATE": at,
            "GIT_COMMITTER_DATE": at,
            "GIT_ALLOW_PROTOCOL": "file",
        }
        done = subprocess.run(  # noqa: S603 - the caller is a test
            [shutil.which("git") or "git", "-C", str(self.folder), *arguments],
            env=environment,
            check=True,
            capture_output=True,
        )
        return done.stdout.decode(errors="replace").strip()

    def write(self, path: str, content: str | bytes) -> None:
        """Write a file below the folder."""
        place = self.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content.encode() if isinstance(content, str) else content)

    def commit(
        self, message: str, files: Mapping[str, str | bytes], *, at: str, by: str = ""
    ) -> str:
        """
        Write some files and commit all there is.

        Parameters
        ----------
        message : str
            Subject, and perhaps a body.
        files : mapping of str to str or bytes
            Content by path.
        at : str
            The instant of the commit.
        by : str, optional
            Author as ``Name <address>``, if not Ann.

        Returns
        -------
        str
            Full hash.
        """
        for path, content in files.items():
            self.write(path, content)
        self.git("add", "--all")
        author = ["--author", by] if by else []
        options = ["-q", "--allow-empty", "--no-verify", *author]
        self.git("commit", *options, "-m", message, at=at)
        return self.git("rev-parse", "HEAD")


class Nonconforming(AssertionError):
    """A connector breaks a law of its port."""


def check_change_source(make_source: MakeSource, make_ledger: MakeLedger) -> None:
    """
    Run every law of `ledger.ports.ChangeSource`.

    Parameters
    ----------
    make_source : callable
        Of a source that knows of at least three changes.
    make_ledger : callable
        Gives an empty ledger.
    """
    for law in (
        replay_adds_nothing,
        batching_makes_no_difference,
        order_makes_no_difference,
        crash_neither_loses_nor_doubles,
        times_come_from_the_source,
    ):
        law(make_source, make_ledger)


def replay_adds_nothing(make_source: MakeSource, make_ledger: MakeLedger) -> None:
    """See that reading again, from the cursor or from the start, adds nothing."""
    ledger, clock = make_ledger(), VirtualClock(START)
    first = capture(make_source(1000), ledger=ledger, clock=clock)
    _demand(first.added >= 3, "the source must know of at least three changes")  # noqa: PLR2004 - said in the message
    clock.advance(DAY)
    again = capture(make_source(1000), ledger=ledger, clock=clock)
    _demand(again.added == 0, f"a second look added {again.added} changes")
    told = [change for batch in _batches(make_source(2)) for change in batch.changes]
    _demand(ledger.append(told) == 0, "reading from the start added changes again")


def batching_makes_no_difference(
    make_source: MakeSource, make_ledger: MakeLedger
) -> None:
    """See that the ledger is the same however many changes are told at a time."""
    whole = _captured(make_source(1000), make_ledger())
    for size in (1, 2, 7):
        parts = _captured(make_source(size), make_ledger())
        _demand(parts == whole, f"told {size} at a time, the ledger differs")


def order_makes_no_difference(make_source: MakeSource, make_ledger: MakeLedger) -> None:
    """See that the ledger is the same in whatever order changes arrive."""
    whole = _captured(make_source(1000), make_ledger())
    told = [change for batch in _batches(make_source(1000)) for change in batch.changes]
    for seed in range(SHUFFLES):
        random.Random(seed).shuffle(told)  # noqa: S311 - a test's order, no secret
        ledger = make_ledger()
        for change in told:
            ledger.append([change])
        _demand(ledger.changes() == whole, "another order gave another ledger")


def crash_neither_loses_nor_doubles(
    make_source: MakeSource, make_ledger: MakeLedger
) -> None:
    """See that a crash before the commit loses nothing and doubles nothing."""
    whole = _captured(make_source(1), make_ledger())
    ledger, clock = make_ledger(), VirtualClock(START)
    for survived in range(len(whole) + 1):
        crashing = _Crashing(ledger, survives=min(survived, 1))
        try:
            capture(make_source(1), ledger=crashing, clock=clock)
        except _Crash:
            continue
    capture(make_source(1), ledger=ledger, clock=clock)
    _demand(ledger.changes() == whole, "after crashes the ledger differs")
    _demand(ledger.verify().fault is None, "after crashes the chain is broken")


def times_come_from_the_source(
    make_source: MakeSource, make_ledger: MakeLedger
) -> None:
    """See that no time is invented from the clock: what is not stated is null."""
    del make_ledger
    early = _timeless(_batches(make_source(1000), now=START))
    late = _timeless(_batches(make_source(1000), now=START + 1000 * DAY))
    _demand(early == late, "a change depends on when it was read")
    told = [c for b in _batches(make_source(1000), now=START) for c in b.changes]
    stamped = [change for change in told if change.occurred_at == START]
    _demand(not stamped, "occurred_at is the time of reading")


@dataclass(frozen=True, slots=True)
class SinkOnTrial:
    """
    A sink, an address it serves, and what the other side shows.

    Parameters
    ----------
    notifier : Notifier
        The sink.
    address : str
        As ``notify`` has it, such as ``file:alerts.jsonl``.
    shown : callable
        Gives each message that arrived, in order, as a person reads it.
    deduplicates : bool
        The other side drops a repeat by itself, so that none need be marked.
    """

    notifier: Notifier
    address: str
    shown: Callable[[], Sequence[str]]
    deduplicates: bool = False


def check_notifier(make_sink: Callable[[], SinkOnTrial]) -> None:
    """
    Run every law of `incidents.ports.Notifier`.

    Parameters
    ----------
    make_sink : callable
        Gives a sink whose other side has got nothing yet.
    """
    for law in (
        a_message_arrives_once_and_whole,
        messages_arrive_in_order,
        a_repeat_is_marked,
        foreign_text_stays_text,
    ):
        law(make_sink())


def trial_message(
    address: str, *, said: str = "temp changed its unit", n: int = 5
) -> Message:
    """
    Write a page to try a sink with.

    Parameters
    ----------
    address : str
        As ``notify`` has it.
    said : str
        Part of its title and of its second line; may be anything.
    n : int
        Number of the event it tells of, from 1.
    """
    notice = Notice(
        kind=NoticeKind.PAGE,
        incident=IncidentId("INC-7"),
        model=asset_id("model:eta"),
        severity=Severity.SEV2,
        to="cy (feeds)",
        person="cy",
        title=f"INC-7 sev2: {said}",
        lines=("You are asked as oncall of cy (feeds)", f"- {said}"),
        at=START,
    )
    ident = f"INC-7.{n}.0badcafe"
    return Message(id=ident, address=Address.parse(address), notice=cleaned(notice))


def a_message_arrives_once_and_whole(sink: SinkOnTrial) -> None:
    """See that what was accepted is there, once, with its title and its lines."""
    sent = trial_message(sink.address)
    sink.notifier.send(sent)
    shown = sink.shown()
    _demand(len(shown) == 1, f"one message was sent, {len(shown)} arrived")
    for part in (sent.notice.title, *sent.notice.lines):
        _demand(part in shown[0], f'"{part}" did not arrive')


def messages_arrive_in_order(sink: SinkOnTrial) -> None:
    """See that messages are shown in the order they were sent."""
    for n in range(1, 4):
        sink.notifier.send(trial_message(sink.address, said=f"number {n}", n=n))
    found = [f"number {n}" in text for n, text in enumerate(sink.shown(), start=1)]
    _demand(found == [True] * 3, "three messages did not arrive in their order")


def a_repeat_is_marked(sink: SinkOnTrial) -> None:
    """See that a possible repeat says so, unless the other side drops it."""
    sink.notifier.send(replace(trial_message(sink.address), repeat=True))
    (shown,) = sink.shown()
    marked = "may be a repeat" in shown or '"repeat":true' in shown.replace(": ", ":")
    _demand(marked or sink.deduplicates, "a repeat is not marked as one")


def foreign_text_stays_text(sink: SinkOnTrial) -> None:
    """See that text from anywhere neither acts nor breaks out, and reads the same."""
    sent = trial_message(sink.address, said=HOSTILE)
    sink.notifier.send(sent)
    shown = sink.shown()
    _demand(len(shown) == 1, f"one message was sent, {len(shown)} arrived")
    alive = [sign for sign in "\x1b\u202e\x00" if sign in shown[0]]
    _demand(not alive, f"control characters arrived: {alive}")
    broken = any(line.startswith("Bcc:") for line in shown[0].splitlines())
    _demand(not broken, "a line of the text became a line of its own")
    # A sink that keeps JSON doubles each backslash.
    read = " ".join(shown[0].replace("\\\\", "\\").split())
    _demand(sent.notice.lines[1] in read, "the text does not read as it was sent")


class _Crash(Exception):
    """The program stops here."""


class _Crashing(Ledger):
    """A ledger whose program dies between reading and committing."""

    def __init__(self, other: Ledger, *, survives: int) -> None:
        super().__init__(other.database)
        self._survives = survives

    def advance(
        self, connector: str, instance: str, *, batch: Batch, looked_at: datetime
    ) -> int:
        """
        Commit some batches, then die.

        Raises
        ------
        _Crash
            Once it has survived long enough.
        """
        if self._survives == 0:
            raise _Crash
        self._survives -= 1
        return super().advance(connector, instance, batch=batch, looked_at=looked_at)


def _batches(source: ChangeSource, *, now: datetime = START) -> Iterator[Batch]:
    cursor = None
    while True:
        batch = source.read(cursor, now=now)
        yield batch
        if batch.last:
            return
        cursor = batch.cursor


def _captured(source: ChangeSource, ledger: Ledger) -> tuple[Change, ...]:
    capture(source, ledger=ledger, clock=VirtualClock(START))
    return ledger.changes()


def _timeless(batches: Iterator[Batch]) -> list[Change]:
    return [
        # When it was seen is the reader's to say; when it happened is the source's.
        replace(change, recorded_at=START, observed_between=None)
        for batch in batches
        for change in batch.changes
    ]


def _demand(holds: bool, otherwise: str) -> None:  # noqa: FBT001 - reads like an assertion
    """
    Complain unless something holds.

    Raises
    ------
    Nonconforming
        With the complaint.
    """
    if not holds:
        raise Nonconforming(otherwise)


class MemoryRegistry:
    """
    A model registry in memory; fills `remediation.ports.ModelRegistry`.

    Parameters
    ----------
    versions : mapping of str to sequence of str
        Versions by model.
    aliases : mapping of str to str
        Version by ``MODEL@ALIAS``.
    """

    def __init__(
        self,
        versions: Mapping[str, Sequence[str]],
        aliases: Mapping[str, str] | None = None,
    ) -> None:
        self.versions = {model: list(known) for model, known in versions.items()}
        self.aliases = dict(aliases or {})
        self.tags: dict[tuple[str, str], dict[str, str]] = {}
        self.calls: list[str] = []

    def alias(self, model: str, alias: str) -> str | None:
        """Give the version an alias stands for; None where absent."""
        self.calls.append("alias")
        return self.aliases.get(f"{model}@{alias}")

    def set_alias(self, model: str, alias: str, version: str) -> None:
        """
        Let an alias stand for a version, whatever it stood for.

        Raises
        ------
        RegistryFailed
            If there is no such version.
        """
        self.calls.append("set_alias")
        if version not in self.versions.get(model, []):
            act = f"set {model}@{alias}"
            why = f"no version {version}"
            raise RegistryFailed(registry="memory", act=act, why=why)
        self.aliases[f"{model}@{alias}"] = version

    def version(self, model: str, version: str) -> Registered | None:
        """Find a version; None where there is none."""
        self.calls.append("version")
        known = version in self.versions.get(model, [])
        return Registered(version) if known else None

    def tag(self, model: str, version: str, tags: Mapping[str, str]) -> None:
        """Set tags of a version; those of other names stay."""
        self.calls.append("tag")
        self.tags.setdefault((model, version), {}).update(tags)
