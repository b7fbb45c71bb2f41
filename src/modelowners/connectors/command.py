"""Commands an owner declared: run without a shell, in a bare environment, in time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO

from modelowners.core.secrets import Secrets
from modelowners.remediation.actions import Command
from modelowners.remediation.ports import Outcome

MAX_OUTPUT = 4096
"""Bytes kept of what a command said: the last ones."""

GRACE = 2.0
"""Seconds between asking a command to end and ending it."""

PATH = os.defpath


class Runner:
    r"""
    Runs declared commands on this machine.

    No shell reads the arguments. The environment holds a path, the folder as
    home, a language, and the secrets the command names: nothing of ours, so
    that a command cannot read what it was not given. It starts a process group
    of its own, which is ended as a whole when the time is over.

    Parameters
    ----------
    folder : Path
        Where it runs: the ownership file's.
    secrets : Secrets
        Resolves what a command names, and masks it in the output.
    path : str
        Where programs are looked for.

    Examples
    --------
    >>> runner = Runner(Path(), secrets=Secrets())
    >>> runner.run(Command(name="reload", argv=("echo", "$HOME; ls"))).output
    '$HOME; ls\n'
    """

    def __init__(self, folder: Path, *, secrets: Secrets, path: str = PATH) -> None:
        self._folder = folder.resolve()
        self._secrets = secrets
        self._path = path

    def run(self, command: Command) -> Outcome:
        """
        Run a command to its end, or to its time limit.

        Raises
        ------
        MissingSecret
            If a secret it names is not there; nothing was started.
        """
        environment = self._environment(command.secrets)
        started = time.monotonic()
        # A file, not a pipe: a child that lives on must not keep us waiting.
        with tempfile.TemporaryFile() as said:
            try:
                process = self._start(command, environment, said)
            except (OSError, ValueError) as error:
                why = (
                    f"it cannot be started: {getattr(error, 'strerror', None) or error}"
                )
                return Outcome(code=None, why=why)
            limit = command.timeout.total_seconds()
            try:
                code: int | None = process.wait(limit)
                why = ""
            except subprocess.TimeoutExpired:
                code, why = None, f"it was ended after its time limit of {limit:g} s"
            finally:
                _end(process)
            return Outcome(
                code=code,
                seconds=time.monotonic() - started,
                output=self._tail(said),
                why=why,
            )

    def _start(
        self, command: Command, environment: Mapping[str, str], said: IO[bytes]
    ) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 - a list, and its owner declared it
            list(command.argv),
            cwd=self._folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            close_fds=True,
        )

    def _environment(self, secrets: Mapping[str, str]) -> dict[str, str]:
        bare = {"PATH": self._path, "HOME": str(self._folder), "LANG": "C.UTF-8"}
        return bare | {
            name: self._secrets.resolve(reference)
            for name, reference in secrets.items()
        }

    def _tail(self, said: IO[bytes]) -> str:
        size = said.seek(0, os.SEEK_END)
        said.seek(max(size - MAX_OUTPUT, 0))
        return self._secrets.mask(said.read().decode("utf-8", "replace"))


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a command and what it started, where any of it is still there."""
    if process.poll() is not None:
        return
    for sign in (signal.SIGTERM, signal.SIGKILL):
        with suppress(OSError):
            if sys.platform == "win32":
                process.kill()
            else:
                os.killpg(process.pid, sign)
        with suppress(subprocess.TimeoutExpired):
            process.wait(GRACE)
            return
