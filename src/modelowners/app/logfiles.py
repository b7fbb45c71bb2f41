"""Log files: where in a folder prediction logs lie, and what they seem to hold."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

from modelowners.app.mapping import Guess, guess_roles
from modelowners.core.errors import InputError

ENDINGS = (".parquet", ".csv", ".csv.gz", ".pq")
SKIPPED = {"node_modules", "site-packages", "venv", "build", "dist", "__pycache__"}
MAX_DEPTH = 8
MAX_GROUPS = 200
"""Groups of files looked into; more is a data lake, not a repository."""

_PARTITION = re.compile(r".*=.*|\d+([-_]\d+)*")
_PLAIN_PATH = re.compile(r"[^*?\[\]]+")


class LogLook(Protocol):
    """Tells what columns some files have, before anything is known of them."""

    def columns(self, root: Path, source: Sequence[str]) -> Mapping[str, str]:
        """Give column and type name, in order; none where no file can be read."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LogGroup:
    """
    Files of one folder that seem to be one table.

    Parameters
    ----------
    source : str
        Path or glob, from the root.
    files : int
        How many files it is.
    guess : Guess
        What their columns are likely to mean.
    """

    source: str
    files: int
    guess: Guess

    @property
    def name(self) -> str:
        """What the folder or file is called: a hint at the model's name."""
        path = PurePosixPath(self.source)
        parts = [part for part in path.parts if _PLAIN_PATH.fullmatch(part)]
        if not parts:
            return ""
        last = PurePosixPath(parts[-1])
        return last.name.partition(".")[0] if last.name == path.name else last.name


def look(root: Path, engine: LogLook) -> tuple[LogGroup, ...]:
    """
    Find groups of Parquet and CSV files below a folder, and guess their columns.

    Parameters
    ----------
    root : Path
        Where to search; hidden folders and installed packages are left out.
    engine : LogLook
        Reads the columns.

    Returns
    -------
    tuple of LogGroup
        In order of the path; those that cannot be read are left out.
    """
    groups: dict[str, int] = {}
    for path in _files(root):
        source = _source(path)
        groups[source] = groups.get(source, 0) + 1
    found = []
    for source in sorted(groups)[:MAX_GROUPS]:
        try:
            columns = engine.columns(root, [source])
        except InputError:
            continue
        if columns:
            shown = {name: kind for name, kind in columns.items() if name.isprintable()}
            guess = guess_roles(shown)
            found.append(LogGroup(source=source, files=groups[source], guess=guess))
    return tuple(_single(root, group) for group in found)


def _files(root: Path) -> Iterator[PurePosixPath]:
    """Yield data files below a folder, links not followed."""
    for folder, folders, names in os.walk(root):
        inside = Path(folder).relative_to(root)
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith((".", "_"))
            and name not in SKIPPED
            and len(inside.parts) < MAX_DEPTH
        )
        for name in sorted(names):
            path = PurePosixPath(inside.as_posix(), name)
            plain = _PLAIN_PATH.fullmatch(str(path)) and str(path).isprintable()
            if plain and name.lower().endswith(ENDINGS) and not name.startswith("."):
                yield path


def _source(path: PurePosixPath) -> str:
    """Give the glob that a file belongs to: its folder, partitions joined."""
    suffix = path.name[path.name.index(".") :] if path.name.count(".") == 1 else ""
    suffix = suffix or next(e for e in ENDINGS if path.name.lower().endswith(e))
    parts = list(path.parent.parts)
    depth = len(parts)
    while parts and _PARTITION.fullmatch(parts[-1]):
        parts.pop()
    stars = [] if len(parts) == depth else ["**"]
    return PurePosixPath(*parts, *stars, f"*{suffix}").as_posix()


def _single(root: Path, group: LogGroup) -> LogGroup:
    """Name the file itself where the glob means only one."""
    if group.files > 1:
        return group
    file = next(root.glob(group.source))
    return LogGroup(
        source=file.relative_to(root).as_posix(), files=1, guess=group.guess
    )
