"""
git as a subprocess that reads and executes nothing else.

A repository may be hostile: its own configuration can name programs to run for
hooks, monitors, diffs, text conversion, signatures and transports. All of them
are switched off here, and nothing of the caller's environment is handed on.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import threading
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, cast

from modelowners.core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

SECONDS = 120.0
"""How long one call may take."""

_LINE = 64 * 1024

_ENVIRONMENT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_SYSTEM": "/dev/null",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    # A partial clone fetches what it lacks, by any program its configuration
    # names. Newer git obeys the first line; older git needs the second.
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",
    "LC_ALL": "C",
}

_CONFIGURATION = (
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.quotePath=false",
    "core.attributesFile=/dev/null",
    "log.showSignature=false",
    "log.showRoot=true",
    "log.follow=false",
    "diff.external=",
    "i18n.logOutputEncoding=UTF-8",
    # In a container the files often belong to another user. git's distrust of
    # that guards against the programs which are switched off above.
    "safe.directory=*",
)

QUIET_DIFF = (
    "--no-color",
    "--no-renames",
    "--no-ext-diff",
    "--no-textconv",
    "--no-show-signature",
    "--submodule=short",
    "--no-abbrev",
    "--src-prefix=a/",
    "--dst-prefix=b/",
    "--encoding=UTF-8",
)
"""Options under which a diff depends on the two versions and on nothing else."""


class GitMissing(InputError):
    """The program "git" was not found; install it, or leave out `code:`."""


class GitRefused(InputError):
    """
    git could not read {place}: {why}.

    Check that the folder lies in a git repository that `git status` accepts.
    """


def run(folder: Path, *arguments: str, given: bytes = b"") -> bytes:
    """
    Run git and give what it prints.

    Parameters
    ----------
    folder : Path
        Inside the repository.
    *arguments : str
        The command and its arguments; revisions must be full hashes or
        ``HEAD``, and paths stand after ``--``.
    given : bytes, optional
        Standard input.

    Returns
    -------
    bytes
        Standard output.
    """
    with _output(folder, arguments, given) as output:
        return output.read()


def lines(folder: Path, *arguments: str, given: bytes = b"") -> Iterator[bytes]:
    """
    Run git and give what it prints, line by line, however much it is.

    Parameters
    ----------
    folder, *arguments, given
        As for `run`.

    Yields
    ------
    bytes
        At most 64 KiB, so that a file of one endless line stays bounded.
    """
    with _output(folder, arguments, given) as output:
        while line := output.readline(_LINE):
            yield line


def acting_email(folder: Path) -> str | None:
    """
    Give the e-mail address git would sign with here; None where it knows none.

    This one question reads the person's own configuration, which is asked for
    a value and executes nothing.
    """
    program = shutil.which("git")
    if program is None:
        return None
    command = [program, "-C", str(folder), "config", "--get", "user.email"]
    found = subprocess.run(  # noqa: S603 - a fixed program with fixed arguments
        command, capture_output=True, check=False, stdin=subprocess.DEVNULL
    )
    return found.stdout.decode(errors="replace").strip() or None


@contextmanager
def _output(
    folder: Path, arguments: Sequence[str], given: bytes
) -> Iterator[IO[bytes]]:
    """
    Start git and lend its output; wait for it, and complain, once that was read.

    Raises
    ------
    GitRefused
        If git fails, or takes longer than `SECONDS`.
    """
    late = threading.Event()
    with tempfile.TemporaryFile() as stdin, tempfile.TemporaryFile() as stderr:
        stdin.write(given)
        stdin.seek(0)
        process = subprocess.Popen(  # noqa: S603 - never a shell; paths after "--"
            _command(folder, arguments),
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=stderr,
            env=_ENVIRONMENT,
        )

        def stop() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(SECONDS, stop)
        timer.start()
        try:
            yield cast("IO[bytes]", process.stdout)
            status = process.wait()
        finally:
            timer.cancel()
            process.kill()
            process.communicate()
        if late.is_set():
            raise GitRefused(place=folder, why=f"it took longer than {SECONDS:.0f} s")
        if status:
            raise GitRefused(place=folder, why=_complaint(stderr))


def _command(folder: Path, arguments: Sequence[str]) -> list[str]:
    program = shutil.which("git")
    if program is None:
        raise GitMissing
    options = [part for pair in _CONFIGURATION for part in ("-c", pair)]
    return [program, "--no-pager", "-C", str(folder), *options, *arguments]


def _complaint(stderr: IO[bytes]) -> str:
    stderr.seek(0)
    said = stderr.read(4096).decode(errors="replace").strip()
    first = said.splitlines()[0] if said else "it failed without a word"
    return first.removeprefix("fatal: ").rstrip(".")
