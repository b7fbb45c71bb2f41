"""Authorship: who wrote the commits that touched some paths, and in how many files."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from modelowners.catalog.ports import Touch
from modelowners.connectors.git import command

MAX_COMMITS = 20_000
"""Older history says little about who knows something today."""

_MARK = "\x1e"
_FORM = f"--format=tformat:{_MARK}%at%x00%aE%x00%aN%x00"


class GitAuthorship:
    """
    The catalog's `AuthorshipSource` for one repository.

    Parameters
    ----------
    folder : Path
        Inside the repository; paths are seen from here.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def touches(self, paths: Sequence[str] = ()) -> tuple[Touch, ...]:
        """
        Give the commits, merges left out, that changed any of some paths.

        Parameters
        ----------
        paths : sequence of str
            Below the folder; none means all of the folder.

        Returns
        -------
        tuple of Touch
            Newest first; none where the repository has no commit.
        """
        if not self._has_commits():
            return ()
        literal = [f":(literal){path}" for path in paths or (".",)]
        said = command.run(
            self._folder,
            "log",
            "--no-merges",
            "--no-renames",
            "--no-ext-diff",
            "--no-textconv",
            "--no-show-signature",
            "--use-mailmap",
            "--full-diff",
            "--name-only",
            "-z",
            f"--max-count={MAX_COMMITS}",
            _FORM,
            "HEAD",
            "--",
            *literal,
        )
        text = said.decode(errors="replace")
        found = (_touch(part) for part in text.split(f"{_MARK}"))
        return tuple(touch for touch in found if touch is not None)

    def _has_commits(self) -> bool:
        """Tell whether there is a commit; a folder without repository is refused."""
        command.run(self._folder, "rev-parse", "--git-dir")
        try:
            command.run(self._folder, "rev-parse", "--verify", "--quiet", "HEAD")
        except command.GitRefused:
            return False
        return True


def _touch(record: str) -> Touch | None:
    """Read one commit: seconds, address, name, then the paths it changed."""
    seconds, _, rest = record.partition("\0")
    email, _, rest = rest.partition("\0")
    name, _, paths = rest.partition("\0")
    try:
        at = datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        # Before the first mark, or a time no calendar has: it tells nothing.
        return None
    files = sum(1 for path in paths.split("\0") if path.strip("\n"))
    return Touch(email=email, name=name, at=at, files=files)
