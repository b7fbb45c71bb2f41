"""
git: the commits that touched an asset's code, as changes of that asset.

One change stands for one commit, one asset and one kind: of a commit that
touches code, a lock file and parameters there are three. What counts is the
first-parent line of the current branch: when a change *landed*, not when it was
written.
"""

from __future__ import annotations

import json
import os.path
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self

from modelowners.catalog.files import Catalog
from modelowners.connectors.git import history, manifests
from modelowners.connectors.git.command import GitMissing, GitRefused, acting_email
from modelowners.connectors.git.history import MAX_DIFF, Commit, Touched
from modelowners.connectors.git.paths import CodePaths
from modelowners.core.ids import AssetId, canonical_json, digest
from modelowners.ledger.changes import (
    Change,
    ChangeKind,
    Digest,
    Identity,
    Source,
    Strength,
    Who,
)
from modelowners.ledger.ports import Batch

if TYPE_CHECKING:
    # The transport loads an HTTP client, which this connector never asks.
    from modelowners.connectors.transport import Outside

__all__ = ["GitChanges", "acting_email", "change_sources", "landed"]

MAX_SUBJECT = 200
"""Characters of the one line that says what a commit did."""

MAX_MESSAGE = 4_000
"""Characters of a commit message that are kept as its reason."""

MAX_DIFFERENCES = 100
"""Values of lock and parameter files that are told one by one."""

NO_COMMIT = "the repository has no commit yet"
REWRITTEN = (
    "the branch was rewritten, or another was checked out: entries of commits "
    "that are no longer on it stay in the ledger"
)
SHALLOW = "shallow clone: older commits are not here; git fetch --unshallow adds them"

_HASH = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")


def change_sources(catalog: Catalog, outside: Outside) -> tuple[GitChanges, ...]:
    """
    Give the repository of the ownership file, if any asset declares its `code:`.

    Parameters
    ----------
    catalog : Catalog
        Says which paths belong to which asset, and whose an e-mail address is.
    outside : Outside
        Not needed: the repository lies here.
    """
    del outside
    declared = {asset: catalog.asset(asset).code for asset in catalog.ids()}
    code = {asset: paths for asset, paths in declared.items() if paths}
    people = {
        address.lower(): name
        for name, person in sorted(catalog.people.items())
        for address in person.email
    }
    return (GitChanges(catalog.root, code=code, people=people),) if code else ()


def landed(folder: Path, files: Iterable[Path]) -> tuple[str, datetime] | None:
    """
    Tell which commit brought some files as they are now, and when it landed.

    Parameters
    ----------
    folder : Path
        Inside the repository.
    files : iterable of Path
        Below it, or as seen from the working folder.

    Returns
    -------
    tuple of str and datetime, or None
        Full hash and UTC; None where there is no repository, or a file differs
        from what is committed.
    """
    names = [os.path.relpath(path, folder) for path in files]
    try:
        return history.landed(folder, names)
    except (GitRefused, GitMissing):
        return None


class GitChanges:
    """
    The ledger's `ChangeSource` for one repository.

    Parameters
    ----------
    folder : Path
        Folder of the ownership file, inside the repository.
    code : mapping of AssetId to sequence of str
        The paths of each asset, below `folder`: files, folders, or patterns
        with ``*``, ``?`` and ``**``.
    people : mapping of str to str
        Person by e-mail address in lower case; nobody is guessed.
    instance : str
        Name of the repository in the ledger.
    batch_size : int
        Commits read at a time, at least 1.
    """

    connector = "git"

    def __init__(
        self,
        folder: Path,
        *,
        code: Mapping[AssetId, Sequence[str]],
        people: Mapping[str, str],
        instance: str = "local",
        batch_size: int = 200,
    ) -> None:
        self.instance = instance
        self._folder = folder
        self._code = {asset: tuple(paths) for asset, paths in sorted(code.items())}
        self._people = people
        self._batch_size = batch_size

    def read(self, cursor: str | None, *, now: datetime) -> Batch:
        """
        Read the next commits of the current branch, oldest first.

        Parameters
        ----------
        cursor : str or None
            Of the batch before.
        now : datetime
            UTC; stands as `recorded_at`.

        Returns
        -------
        Batch
            With notes on rewritten or shallow history.
        """
        tip = history.tip(self._folder)
        if tip is None:
            return Batch(changes=(), cursor=_Cursor().write(), notes=(NO_COMMIT,))
        prefix = history.prefix(self._folder)
        paths = CodePaths(self._code, prefix=prefix)
        cut = history.shallow_cut(self._folder)
        scope = digest([prefix, self._code, sorted(cut)])
        since, notes = self._start(_Cursor.parse(cursor), scope=scope, tip=tip)
        found: tuple[Commit, ...] = ()
        if since != tip:
            specs = paths.pathspecs()
            found = history.log(self._folder, since=since, until=tip, paths=specs)
        # The first commit of a shallow clone seems to add every file; it did not.
        commits = [commit for commit in found if commit.hash not in cut]
        some = commits[: self._batch_size]
        last = len(some) == len(commits)
        return Batch(
            changes=tuple(self._changes(some, paths=paths, now=now)),
            cursor=_Cursor(tip if last else some[-1].hash, scope).write(),
            last=last,
            floor=history.floor(self._folder, cut=cut, tip=tip) if cut else None,
            notes=notes + ((SHALLOW,) if cut else ()),
        )

    def _start(
        self, cursor: _Cursor, *, scope: str, tip: str
    ) -> tuple[str | None, tuple[str, ...]]:
        """Give the last commit that needs no reading, and what to say about it."""
        done = cursor.tip
        if done is None or cursor.scope != scope:
            return None, ()  # another set of paths: read all; nothing doubles
        if done == tip or history.on_branch(self._folder, done, tip):
            return done, ()
        shared = history.merge_base(self._folder, done, tip)
        if shared is not None and not history.on_branch(self._folder, shared, tip):
            shared = None
        return shared, (REWRITTEN,)

    def _changes(
        self, commits: Sequence[Commit], *, paths: CodePaths, now: datetime
    ) -> Iterator[Change]:
        texts = history.patches(self._folder, commits, paths=paths.pathspecs())
        blobs = self._manifests(commits, paths)
        for commit in commits:
            files: dict[AssetId, list[Touched]] = {}
            for one in commit.files:
                for asset in paths.assets(one.path):
                    files.setdefault(asset, []).append(one)
            who = self._who(commit) if files else Who()
            parts = [
                (asset, number, kind, some)
                for asset, touched in sorted(files.items())
                for number, (kind, some) in enumerate(_by_kind(touched))
            ]
            for asset, number, kind, some in parts:
                before, after = _values(some, blobs)
                key = f"{commit.hash}/{kind}" if number else commit.hash
                yield Change(
                    kind=kind,
                    asset=asset,
                    what=_line(commit.subject) or f"commit {commit.hash[:12]}",
                    source=Source("git", self.instance, key),
                    recorded_at=now,
                    occurred_at=commit.landed_at,
                    who=who,
                    before=before,
                    after=after,
                    diff_text=_joined(some, texts[commit.hash]),
                    path=some[0].path if len(some) == 1 else None,
                    commit=commit.hash,
                    why=_message(commit.body),
                    identity=_identity(kind, before, after),
                )

    def _manifests(
        self, commits: Sequence[Commit], paths: CodePaths
    ) -> Mapping[str, bytes]:
        """Read the lock and parameter files of some commits, before and after."""
        wanted = [
            blob
            for commit in commits
            for touched in commit.files
            if manifests.kind_of(touched.path) in manifests.WITH_VALUES
            and paths.assets(touched.path)
            for blob in (touched.before, touched.after)
            if blob.strip("0")
        ]
        if not wanted:
            return {}
        return history.contents(self._folder, wanted, limit=manifests.MAX_BYTES)

    def _who(self, commit: Commit) -> Who:
        """Name the author; of a merge, whoever wrote what it brought."""
        authors: tuple[tuple[str, str], ...] = ((commit.author, commit.email),)
        if len(commit.parents) > 1:
            authors = history.authors_inside(self._folder, commit) or authors
        people = {self._people.get(email.lower()) for _, email in authors}
        person = people.pop() if len(people) == 1 else None
        raw = ", ".join(_line(f"{name} <{email}>") for name, email in authors)
        return Who(person=person, raw=raw, role="author")


@dataclass(frozen=True, slots=True)
class _Cursor:
    """The last commit that was read, and for which paths."""

    tip: str | None = None
    scope: str = ""

    @classmethod
    def parse(cls, text: str | None) -> Self:
        """Read a cursor; one that makes no sense means to start afresh."""
        try:
            found = json.loads(text or "{}")
            tip, scope = found.get("tip"), found.get("scope", "")
        except (ValueError, AttributeError):
            return cls()
        known = isinstance(tip, str) and _HASH.fullmatch(tip)
        return cls(tip, str(scope)) if known else cls()

    def write(self) -> str:
        return canonical_json({"tip": self.tip, "scope": self.scope}).decode()


@dataclass(slots=True)
class _Sides:
    """Values of lock and parameter files before and after a commit."""

    before: dict[str, object] = field(default_factory=dict)
    after: dict[str, object] = field(default_factory=dict)


def _by_kind(files: Sequence[Touched]) -> list[tuple[ChangeKind, list[Touched]]]:
    """Part files by kind, code first."""
    parts: dict[ChangeKind, list[Touched]] = {}
    for touched in files:
        parts.setdefault(manifests.kind_of(touched.path), []).append(touched)
    return sorted(parts.items(), key=lambda p: (p[0] is not ChangeKind.CODE, p[0]))


def _identity(
    kind: ChangeKind, before: Mapping[str, object], after: Mapping[str, object]
) -> Identity | None:
    """Give the digests of data of which one file changed: DVC hashes every byte."""
    if kind is not ChangeKind.TRAINING_DATA or len(before.keys() | after.keys()) != 1:
        return None
    old, new = (next(iter(side.values()), None) for side in (before, after))
    return Identity(_exact(old), _exact(new))


def _exact(told: object) -> Digest | None:
    algo, colon, value = str(told or "").partition(":")
    return Digest(value, algo, Strength.EXACT) if colon else None


def _values(
    files: Sequence[Touched], blobs: Mapping[str, bytes]
) -> tuple[dict[str, object], dict[str, object]]:
    """Give the values that differ, by package or parameter, before and after."""
    sides = _Sides()
    told = [f for f in files if manifests.kind_of(f.path) in manifests.WITH_VALUES]
    for touched in told:
        prefix = f"{touched.path}: " if len(told) > 1 else ""
        before = _read(touched.path, touched.before, blobs)
        after = _read(touched.path, touched.after, blobs)
        if before is None or after is None:
            continue  # not readable as values: its lines are kept all the same
        for name in sorted(before.keys() | after.keys()):
            if name in before and name in after and before[name] == after[name]:
                continue
            if name in before:
                sides.before[prefix + name] = before[name]
            if name in after:
                sides.after[prefix + name] = after[name]
    return _first(sides.before), _first(sides.after)


def _read(
    path: str, blob: str, blobs: Mapping[str, bytes]
) -> Mapping[str, object] | None:
    if not blob.strip("0"):
        return {}
    return manifests.values(path, blobs[blob]) if blob in blobs else None


def _first(values: Mapping[str, object]) -> dict[str, object]:
    some = dict(list(values.items())[:MAX_DIFFERENCES])
    if len(values) > MAX_DIFFERENCES:
        some["…"] = f"and {len(values) - MAX_DIFFERENCES} more"
    return some


def _joined(files: Sequence[Touched], texts: Mapping[str, str]) -> str | None:
    """Join the differences of some files; say so where they are cut."""
    text = "\n".join(texts[f.path] for f in files if f.path in texts)
    encoded = text.encode()
    if len(encoded) <= MAX_DIFF:
        return text or None
    kept = encoded[:MAX_DIFF].decode(errors="ignore")
    return f"{kept}\n[cut after {MAX_DIFF // 1024} KiB]"


def _line(text: str) -> str:
    """Make one printable line of foreign text."""
    shown = "".join(char if char.isprintable() else " " for char in text).strip()
    return shown if len(shown) <= MAX_SUBJECT else f"{shown[: MAX_SUBJECT - 1]}…"


def _message(text: str) -> str | None:
    kept = text.strip()
    if len(kept) > MAX_MESSAGE:
        kept = f"{kept[: MAX_MESSAGE - 1]}…"
    return kept or None
