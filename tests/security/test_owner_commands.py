"""Commands of owners: no shell, a bare environment, their own time, masked words."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from modelowners.connectors.command import MAX_OUTPUT, Runner
from modelowners.core.secrets import MASK, MissingSecret, Secrets
from modelowners.remediation.actions import Command
from modelowners.remediation.ports import Outcome

CANARY = "canary-7d1f0a"
HOSTILE = [
    "; touch owned",
    "$(touch owned)",
    "`touch owned`",
    "&& touch owned",
    "| touch owned",
    "> owned",
    "$HOME",
    "${IFS}",
    "*",
    "~",
    "'\"\\",
    "line\nbreak",
    "--option",
    "ünïcode ☃",
    "%s %n",
    "",
]
ECHO = "import json, os, sys; print(json.dumps([sys.argv[1:], dict(os.environ)]))"


def run(
    folder: Path,
    *argv: str,
    secrets: Mapping[str, str] | None = None,
    known: Mapping[str, str] | None = None,
    timeout: float = 30,
) -> Outcome:
    runner = Runner(folder, secrets=Secrets(known or {}), path=os.defpath)
    command = Command(
        name="reload",
        argv=argv,
        timeout=timedelta(seconds=timeout),
        secrets=secrets or {},
    )
    return runner.run(command)


def told(
    folder: Path,
    *arguments: str,
    secrets: Mapping[str, str] | None = None,
    known: Mapping[str, str] | None = None,
) -> object:
    given = (sys.executable, "-c", ECHO, *arguments)
    done = run(folder, *given, secrets=secrets, known=known)
    assert done.worked, done
    return json.loads(done.output)


def test_arguments_arrive_literally(tmp_path: Path) -> None:
    found = told(tmp_path, *HOSTILE)
    assert isinstance(found, list)
    assert found[0] == HOSTILE
    assert not (tmp_path / "owned").exists()


def test_nothing_of_our_environment_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODELOWNERS_USER", CANARY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", CANARY)
    found = told(tmp_path, secrets={"TOKEN": "${A}"}, known={"A": "s3cret", "B": "no"})
    assert isinstance(found, list)
    environment = found[1]
    assert CANARY not in str(environment)
    ours = {"PATH", "HOME", "LANG", "TOKEN"}
    # Python's own start-up adds what names its text encoding.
    assert set(environment) - {"LC_CTYPE"} == ours
    assert environment["TOKEN"] == MASK
    assert environment["HOME"] == str(tmp_path)


def test_the_secret_it_names_arrives_and_is_masked_in_what_it_says(
    tmp_path: Path,
) -> None:
    script = "import os, sys; sys.exit(os.environ['TOKEN'] != 'hunter2-long')"
    right = run(
        tmp_path,
        *(sys.executable, "-c", script),
        secrets={"TOKEN": "${LONG}"},
        known={"LONG": "hunter2-long"},
    )
    assert right.worked
    said = run(
        tmp_path,
        *(sys.executable, "-c", "import os; print('token', os.environ['TOKEN'])"),
        secrets={"TOKEN": "${LONG}"},
        known={"LONG": "hunter2-long"},
    )
    assert said.output == "token ***\n"


def test_a_missing_secret_starts_nothing(tmp_path: Path) -> None:
    with pytest.raises(MissingSecret, match=r"\$\{GONE\}"):
        run(tmp_path, "touch", "owned", secrets={"TOKEN": "${GONE}"})
    assert not (tmp_path / "owned").exists()


def test_a_command_runs_beside_the_ownership_file(tmp_path: Path) -> None:
    (tmp_path / "here.txt").write_text("found")
    assert run(tmp_path, "cat", "here.txt").output == "found"


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["./nowhere"], "cannot be started: No such file"),
        (["/"], "cannot be started: Permission denied"),
        (["no\0null"], "cannot be started"),
    ],
)
def test_what_cannot_be_started_is_an_outcome(
    argv: list[str], said: str, tmp_path: Path
) -> None:
    found = run(tmp_path, *argv)
    assert found.code is None
    assert said in str(found)


def test_it_cannot_read_what_is_typed(tmp_path: Path) -> None:
    assert run(tmp_path, "cat").output == ""


@pytest.mark.parametrize("code", [0, 1, 3, 255])
def test_its_exit_code_is_told(code: int, tmp_path: Path) -> None:
    found = run(tmp_path, sys.executable, "-c", f"raise SystemExit({code})")
    assert found.code == code
    assert found.worked is (code == 0)


def test_only_the_end_of_what_it_says_is_kept(tmp_path: Path) -> None:
    script = "print('x' * 1_000_000); print('the end')"
    found = run(tmp_path, sys.executable, "-c", script)
    assert len(found.output) <= MAX_OUTPUT
    assert found.output.endswith("the end\n")


def test_bytes_that_are_no_text_do_no_harm(tmp_path: Path) -> None:
    script = "import sys; sys.stdout.buffer.write(b'\\xff\\x00ok')"
    assert run(tmp_path, sys.executable, "-c", script).output.endswith("ok")


def test_after_its_time_everything_it_started_is_ended(tmp_path: Path) -> None:
    script = (
        "import os, signal, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child = os.fork()\n"
        "open('child' if child == 0 else 'parent', 'w').write(str(os.getpid()))\n"
        "time.sleep(60)\n"
    )
    began = time.monotonic()
    found = run(tmp_path, sys.executable, "-c", script, timeout=1)
    assert time.monotonic() - began < 20
    assert found.code is None
    assert "ended after its time limit of 1 s" in found.why
    for name in ("child", "parent"):
        assert _is_gone(int((tmp_path / name).read_text()))


def test_a_server_that_it_leaves_behind_does_not_keep_us_waiting(
    tmp_path: Path,
) -> None:
    script = (
        "import subprocess, sys\n"
        "one = subprocess.Popen(['sleep', '30'], start_new_session=True)\n"
        "open('pid', 'w').write(str(one.pid))\n"
    )
    began = time.monotonic()
    assert run(tmp_path, sys.executable, "-c", script).worked
    assert time.monotonic() - began < 10
    left = int((tmp_path / "pid").read_text())
    os.kill(left, signal.SIGKILL)


def _is_gone(process: int) -> bool:
    """Tell whether a process has ended, or only waits to be collected."""
    for _ in range(100):
        try:
            state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        except FileNotFoundError:
            return True
        if state[0] == "Z":
            return True
        time.sleep(0.05)
    return False
