"""The history of one repository, read commit by commit along its first parents."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from modelowners.connectors.git import command
from modelowners.connectors.git.command import QUIET_DIFF
from modelowners.core.time import EPOCH

MAX_DIFF = 256 * 1024
"""Bytes of the difference of one file, and of one change, that are kept."""

_FIELDS = 7
_FIRST_PARENT = ("--first-parent", "--diff-merges=first-parent")


@dataclass(frozen=True, slots=True)
class Touched:
    """
    One file of a commit.

    Parameters
    ----------
    path : str
        From the root of the repository, with ``/``.
    status : str
        git's letter: A added, M modified, D deleted, T another type.
    before, after : str
        Hashes of the content; all zeros where there is none.
    """

    path: str
    status: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """
    One commit as it landed on the branch.

    Parameters
    ----------
    hash : str
        Full.
    parents : tuple of str
        Full hashes, the first parent first.
    landed_at : datetime or None
        The committer's time, UTC; None where it is no date of this era.
    author, email : str
        As the commit states them.
    subject, body : str
        Of its message.
    files : tuple of Touched
        Against the first parent.
    """

    hash: str
    parents: tuple[str, ...]
    landed_at: datetime | None
    author: str
    email: str
    subject: str
    body: str
    files: tuple[Touched, ...]


def tip(folder: Path) -> str | None:
    """Give the full hash of the current commit; None before the first one."""
    try:
        found = command.run(folder, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    except command.GitRefused:
        # An empty repository is no error; a folder outside of any is.
        command.run(folder, "rev-parse", "--git-dir")
        return None
    return found.decode().strip()


def prefix(folder: Path) -> str:
    """Give a folder's path below the root: empty, or ending in ``/``."""
    found = command.run(folder, "rev-parse", "--show-prefix")
    return found.decode(errors="replace").removesuffix("\n")


def shallow_cut(folder: Path) -> frozenset[str]:
    """Give the commits whose parents a shallow clone left out; none in a full one."""
    listed = command.run(folder, "rev-parse", "--git-path", "shallow")
    path = folder / listed.decode(errors="surrogateescape").removesuffix("\n")
    try:
        return frozenset(path.read_text(encoding="ascii").split())
    except (OSError, ValueError):
        return frozenset()


def floor(folder: Path, *, cut: frozenset[str], tip: str) -> datetime | None:
    """Give when the oldest commit of a shallow clone's branch landed, UTC."""
    form = "--format=tformat:%H %ct"
    said = command.run(
        folder, "log", "--first-parent", "--max-parents=0", "-s", form, tip, "--"
    )
    for row in said.decode().splitlines():
        commit, _, seconds = row.partition(" ")
        if commit in cut:
            return _instant(seconds)
    return None


def landed(folder: Path, names: Sequence[str]) -> tuple[str, datetime] | None:
    """
    Tell which commit brought some files as they are now, and when it landed.

    Parameters
    ----------
    folder : Path
        Inside the repository.
    names : sequence of str
        Files, as seen from the folder.

    Returns
    -------
    tuple of str and datetime, or None
        None where a file differs from what is committed.
    """
    for name in names:
        now = command.run(folder, "hash-object", "--no-filters", "--", name)
        listed = command.run(folder, "ls-tree", "-z", "HEAD", "--", name)
        if now.strip() not in listed.partition(b"\t")[0].split():
            return None
    form = "--format=tformat:%H %ct"
    literal = [f":(literal){name}" for name in names]
    said = command.run(
        folder, "log", "--first-parent", "-1", "-s", form, "HEAD", "--", *literal
    )
    commit, _, seconds = said.decode().strip().partition(" ")
    at = _instant(seconds)
    return None if at is None else (commit, at)


def on_branch(folder: Path, commit: str, tip: str) -> bool:
    """Tell whether a commit is on the first-parent line that ends at a tip."""
    line = command.run(folder, "rev-list", "--first-parent", tip, "--")
    return commit.encode() in line.split()


def merge_base(folder: Path, old: str, new: str) -> str | None:
    """Give the newest commit two histories share; None where there is none."""
    try:
        found = command.run(folder, "merge-base", old, new)
    except command.GitRefused:
        return None
    return found.decode().split()[0]


def log(
    folder: Path, *, since: str | None, until: str, paths: Sequence[str]
) -> tuple[Commit, ...]:
    """
    Read the commits of a first-parent line that touch some paths, oldest first.

    Parameters
    ----------
    folder : Path
        Inside the repository.
    since : str or None
        Full hash of the last commit to leave out; None for all.
    until : str
        Full hash of the last commit to read.
    paths : sequence of str
        git pathspecs; empty for every path.
    """
    mark = secrets.token_hex(16)
    line = f"{since}..{until}" if since else until
    form = f"{mark}%x00%H%x00%P%x00%ct%x00%an%x00%ae%x00%s%x00%b%x00"
    said = command.run(
        folder,
        *("log", *_FIRST_PARENT, "--reverse", "-z", "--raw", *QUIET_DIFF),
        *(f"--format=tformat:{form}", line, "--", *paths),
    )
    # The mark is new each time: no message and no path can hold it.
    records = said.decode(errors="replace").split(f"{mark}\0")[1:]
    return tuple(_commit(record.split("\0")) for record in records)


def patches(
    folder: Path, commits: Sequence[Commit], *, paths: Sequence[str]
) -> dict[str, Mapping[str, str]]:
    """
    Read the differences of some commits as text.

    Parameters
    ----------
    folder : Path
        Inside the repository.
    commits : sequence of Commit
        As `log` gave them for the same paths.
    paths : sequence of str
        git pathspecs.

    Returns
    -------
    dict of str to mapping
        By commit, then by path; each at most a little over `MAX_DIFF` bytes.
    """
    if not commits:
        return {}
    mark = secrets.token_hex(16)
    stream = command.lines(
        folder,
        *("log", "--no-walk=unsorted", "--stdin", *_FIRST_PARENT, "-p", "-U3"),
        *(*QUIET_DIFF, f"--format=tformat:{mark} %H", "--", *paths),
        given="".join(f"{commit.hash}\n" for commit in commits).encode(),
    )
    chunks = _chunks(stream, mark.encode())
    return {
        commit.hash: _by_path(commit, chunks.get(commit.hash, [])) for commit in commits
    }


def contents(folder: Path, blobs: Sequence[str], *, limit: int) -> dict[str, bytes]:
    """
    Read some contents by their hashes; those over a limit or missing are left out.

    Parameters
    ----------
    folder : Path
        Inside the repository.
    blobs : sequence of str
        Full hashes.
    limit : int
        Bytes of one content.
    """
    asked = "".join(f"{blob}\n" for blob in sorted(set(blobs))).encode()
    form = "--batch-check=%(objectname) %(objecttype) %(objectsize)"
    small: list[tuple[str, int]] = []
    for row in command.run(folder, "cat-file", form, given=asked).decode().splitlines():
        name, _, rest = row.partition(" ")
        kind, _, size = rest.partition(" ")
        if kind == "blob" and int(size) <= limit:
            small.append((name, int(size)))
    given = "".join(f"{name}\n" for name, _ in small).encode()
    said = command.run(folder, "cat-file", "--batch", given=given)
    found: dict[str, bytes] = {}
    at = 0
    for name, length in small:
        start = said.index(b"\n", at) + 1  # after the line that names the content
        found[name] = said[start : start + length]
        at = start + length + 1
    return found


def authors_inside(folder: Path, merge: Commit) -> tuple[tuple[str, str], ...]:
    """Give name and e-mail of whoever wrote what a merge brought, each once."""
    first, *others = merge.parents
    form = "--format=tformat:%an%x00%ae"
    said = command.run(
        folder, "log", "--no-merges", "-s", form, *others, f"^{first}", "--"
    )
    rows = said.decode(errors="replace").splitlines()
    pairs = [row.partition("\0") for row in rows]
    return tuple(dict.fromkeys((name, email) for name, _, email in pairs))


def _commit(tokens: list[str]) -> Commit:
    head, parents, at, author, email, subject, body = tokens[:_FIELDS]
    files = []
    raw = iter(tokens[_FIELDS:])
    for token in raw:
        meta = token.lstrip("\n")
        if meta.startswith(":"):
            _, _, before, after, status = meta[1:].split(" ")
            files.append(Touched(next(raw), status[:1], before, after))
    return Commit(
        hash=head,
        parents=tuple(parents.split()),
        landed_at=_instant(at),
        author=author,
        email=email,
        subject=subject,
        body=body.strip(),
        files=tuple(files),
    )


def _instant(seconds: str) -> datetime | None:
    try:
        return EPOCH + timedelta(seconds=int(seconds))
    except (ValueError, OverflowError):
        return None


def _chunks(stream: Iterator[bytes], mark: bytes) -> dict[str, list[bytearray]]:
    """Divide patches by commit, then by file; each chunk stays bounded."""
    found: dict[str, list[bytearray]] = {}
    files: list[bytearray] = []
    whole = True  # whether this piece starts a line
    for piece in stream:
        if whole and piece.startswith(mark + b" "):
            files = found.setdefault(piece.split()[1].decode(), [])
        elif whole and piece.startswith(b"diff --git "):
            files.append(bytearray(piece))
        elif files and len(files[-1]) <= MAX_DIFF:
            files[-1] += piece
        whole = piece.endswith(b"\n")
    return found


def _by_path(commit: Commit, chunks: list[bytearray]) -> Mapping[str, str]:
    # git tells the files in one order in both listings; another type is told
    # as a deletion and an addition.
    names = [
        touched.path
        for touched in commit.files
        for _ in range(2 if touched.status == "T" else 1)
    ]
    found: dict[str, str] = {}
    if len(names) == len(chunks):
        for name, chunk in zip(names, chunks, strict=True):
            text = chunk.decode(errors="replace").rstrip("\n")
            found[name] = f"{found[name]}\n{text}" if name in found else text
    return found
