"""
The model's server: ``serving.py start|restart|stop``, ended by its process id.

It runs ``mlflow models serve -m models:/churn@champion``: the alias is looked up
once, when the server starts. ``serving.json`` says where everything is.
"""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path

HERE = Path(__file__).parent
PID = HERE / "serving.pid"
PATIENCE = 90
"""Seconds for the server to answer."""


def main(act: str) -> int:
    """Stop, start, or both; return only once that is done."""
    settings = json.loads((HERE / "serving.json").read_text(encoding="utf-8"))
    if act in {"stop", "restart"}:
        stop()
    if act in {"start", "restart"}:
        return start(settings)
    return 0


def start(settings: dict[str, str]) -> int:
    """Start the server and wait until it answers."""
    environment = {
        "PATH": f"{Path(settings['mlflow']).parent}:{os.defpath}",
        "HOME": str(HERE),
        "MLFLOW_TRACKING_URI": settings["tracking"],
    }
    command = [settings["mlflow"], "models", "serve", "-m", "models:/churn@champion"]
    options = ["--env-manager", "local", "--host", "127.0.0.1"]
    with (HERE / "serving.log").open("ab") as log:
        server = subprocess.Popen(
            [*command, *options, "--port", settings["port"], "--workers", "1"],
            cwd=HERE,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    PID.write_text(str(server.pid), encoding="utf-8")
    address = f"http://127.0.0.1:{settings['port']}/ping"
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and server.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=2):
                return 0
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    print("the server does not answer; see serving.log")
    return 1


def stop() -> None:
    """End the server that was started here, and everything it started."""
    if not PID.exists():
        return
    group = int(PID.read_text(encoding="utf-8"))
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(group, sign)
        except ProcessLookupError:
            break
        until = time.monotonic() + 5
        while time.monotonic() < until and is_alive(group):
            time.sleep(0.1)
    PID.unlink()


def is_alive(group: int) -> bool:
    """Tell whether any process of the group is left; collect those of ours."""
    with suppress(ChildProcessError):
        os.waitpid(group, os.WNOHANG)
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


sys.exit(main(sys.argv[1]))
