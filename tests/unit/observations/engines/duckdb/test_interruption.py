from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from modelowners.observations.engines.duckdb.interruption import interruptible

STOPPED = """\
import os, signal, threading
from modelowners.observations.engines.duckdb.connection import connect
from modelowners.observations.engines.duckdb.interruption import interruptible

signal.signal(signal.SIGINT, signal.default_int_handler)

@interruptible()
def ask():
    rows = "range(3000000)"
    connect([], threads=1).execute(
        f"SELECT sum(a.range * b.range) FROM {rows} a, {rows} b"
    ).fetchone()

threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
try:
    ask()
except KeyboardInterrupt:
    print("stopped")
"""


def test_a_statement_that_ctrl_c_falls_into_is_stopped_as_by_ctrl_c() -> None:
    done = subprocess.run(
        [sys.executable, "-c", STOPPED],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stdout == "stopped\n", done.stderr
    assert done.returncode in {0, -signal.SIGINT}


@pytest.mark.parametrize("error", [RuntimeError("no memory"), ValueError("a")])
def test_any_other_error_is_left_as_it_is(error: Exception) -> None:
    with pytest.raises(type(error), match=str(error)), interruptible():
        raise error


def test_what_succeeds_is_not_touched() -> None:
    assert interruptible()(lambda: 7)() == 7
