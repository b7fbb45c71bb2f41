"""
From a bad promotion to a measured recovery, on a real MLflow server.

``tutorial.py --mlflow .tools/mlflow --folder tutorial-world`` starts an MLflow
server and ``mlflow models serve`` on this machine, lets a model score customers
for seven weeks, lets somebody promote a version that was trained on broken data,
and then does what an owner does. Every prediction in the log is an answer of the
served model. Only the calendar is quick: ``MODELOWNERS_NOW`` tells each command
what day the story is at.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from traffic import Shop, customers, post, write_rows

HERE = Path(__file__).parent
FILES = ("churn_model.py", "modelowners.yaml", "serving.py", "training.py")
DAY = timedelta(days=1)
WEEKS_BEFORE = 42
"""Days of healthy service before the story begins."""

PATIENCE = 90
"""Seconds for a server to answer."""


@dataclass
class Stage:
    """
    Where the story plays: two servers, a log, an ownership file, a calendar.

    Parameters
    ----------
    folder : Path
        Gets everything.
    mlflow : Path
        Environment that MLflow is installed in.
    today : datetime
        UTC; the day the story is at.
    """

    folder: Path
    mlflow: Path
    today: datetime
    registry: str = ""
    server: str = ""
    outputs: dict[str, str] = field(default_factory=dict)

    def run(
        self, text: str, *, user: str = "ana", expect: int = 0, key: str = ""
    ) -> str:
        """
        Type a command as somebody, show what it prints, give that.

        Raises
        ------
        SystemExit
            If it ends otherwise than the story needs.
        """
        arguments = text.split()
        print(f"\n  {user}$ modelowners {text}", flush=True)
        began = time.monotonic()
        environment = {
            **os.environ,
            "MODELOWNERS_NOW": self.today.isoformat(),
            "MODELOWNERS_USER": user,
            "MODELOWNERS_ALLOW_PRIVATE": "127.0.0.1",
            "NO_COLOR": "1",
        }
        done = subprocess.run(
            [sys.executable, "-m", "modelowners", *arguments],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        # Each command takes the calendar up where the last one left it.
        self.today += timedelta(seconds=time.monotonic() - began)
        said = done.stdout + done.stderr
        if "--json" not in arguments:
            print("".join(f"    {line}\n" for line in said.splitlines()), end="")
        if done.returncode != expect:
            sys.exit(f"expected exit code {expect}, found {done.returncode}\n{said}")
        if key:
            self.outputs[key] = said
        return done.stdout

    def train(self, rows: Path, remark: str) -> None:
        """Train and register a version in MLflow's own environment."""
        self._mlflow(["python", "training.py", str(rows), remark])

    def serving(self, act: str) -> None:
        """Start, restart or stop the model's server."""
        subprocess.run([sys.executable, "serving.py", act], cwd=self.folder, check=True)

    def promote(self, version: str) -> None:
        """Let the alias ``champion`` stand for a version."""
        body = {"name": "churn", "alias": "champion", "version": version}
        post(f"{self.registry}/api/2.0/mlflow/registered-models/alias", body)

    def _mlflow(self, command: list[str]) -> None:
        program = self.mlflow / "bin" / command[0]
        environment = {
            "PATH": f"{self.mlflow / 'bin'}:{os.defpath}",
            "HOME": str(self.folder),
            "USER": "ben",
            "MLFLOW_TRACKING_URI": self.registry,
            "GIT_PYTHON_REFRESH": "quiet",
        }
        done = subprocess.run(
            [str(program), *command[1:]],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        if done.returncode:
            sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
        print(f"    {done.stdout.strip().splitlines()[-1]}", flush=True)


def main() -> None:
    """Play the story, and take the servers down whatever happens."""
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("--mlflow", type=Path, default=Path(".tools/mlflow"))
    parser.add_argument("--folder", type=Path, default=Path("tutorial-world"))
    asked = parser.parse_args()
    if not (asked.mlflow / "bin" / "mlflow").exists():
        sys.exit(f"No MLflow in {asked.mlflow}. Type: make mlflow-env")
    began = time.monotonic()
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    # MLflow's own clock is the machine's: what it says lies on the day before.
    today = midnight + DAY
    stage = Stage(asked.folder.resolve(), asked.mlflow.resolve(), today)
    set_up(stage.folder)
    with registry(stage):
        try:
            play(stage)
        finally:
            stage.serving("stop")
    print(f"\nDone in {time.monotonic() - began:.0f} s; look around in {asked.folder}.")


def play(stage: Stage) -> None:
    """Tell the story."""
    shop = healthy_weeks(stage)
    bad_promotion(stage, shop)
    incident = diagnosis(stage)
    rollback(stage, incident)
    reload(stage, shop, incident)
    recovery(stage, shop, incident)


def healthy_weeks(stage: Stage) -> Shop:
    """Train version 1, serve it, and live with it for six weeks."""
    say("1. A churn model is trained, registered as version 1 and served.")
    rows = stage.folder / "data" / "spring.csv"
    write_rows(rows, customers(1, 20_000))
    stage.train(rows, "")
    stage.promote("1")
    stage.serving("start")
    shop = Shop(stage.folder, stage.server, stage.registry)
    start = stage.today - WEEKS_BEFORE * DAY
    for day in range(WEEKS_BEFORE):
        shop.live(start + day * DAY)
    print(f"    {WEEKS_BEFORE} days of customers were scored over HTTP and logged.")
    stage.run("sync")
    stage.run("watch --once", key="healthy")
    return shop


def bad_promotion(stage: Stage, shop: Shop) -> None:
    """Promote a version whose training data held a price in cents."""
    say(
        "2. Ben of team crm trains version 2 on a new export. In it `monthly` is in "
        "cents; the loss on its own test rows looks as good as ever. He moves the "
        "alias and restarts the server."
    )
    export = customers(2, 20_000)
    for row in export:
        row["monthly"] = round(100 * float(str(row["monthly"])))
    rows = stage.folder / "data" / "autumn.csv"
    write_rows(rows, export)
    stage.train(rows, "(in cents, as is its training)")
    stage.promote("2")
    stage.serving("restart")
    stage.today += timedelta(minutes=10)
    stage.run("sync", user="ben")
    stage.run("changes model:churn")
    start = midnight_of(stage.today)
    for day in range(3):
        answered = shop.live(start + day * DAY)
    print(f"    Three days later; version {answered} answers.")
    stage.today = start + 3 * DAY + timedelta(hours=6)


def diagnosis(stage: Stage) -> str:
    """Look once; an incident is opened and goes to the owner of the cause."""
    say("3. The next look finds the harm, its cause, and whose it is.")
    stage.run("watch --once", expect=1, key="watch")
    found = json.loads(stage.run("incident list --json"))
    incident = str(found[0]["id"])
    stage.run(f"incident show {incident}", key="show")
    stage.run(f"incident ack {incident}")
    stage.run(f"incident confirm-cause {incident}")
    return incident


def rollback(stage: Stage, incident: str) -> None:
    """Plan and apply the rollback; a stranger may not."""
    say("4. Ana owns the model: she ships the fix alone, because its gates are open.")
    stage.run(f"fix plan {incident}", key="plan")
    say("Eve has no relation to the model. She is refused, and told who may.")
    stage.run(f"fix apply {incident}", user="eve", expect=2, key="refused")
    say("Ana applies it. The alias is read back at once and ten seconds later.")
    stage.run(f"fix apply {incident}", key="applied")


def reload(stage: Stage, shop: Shop, incident: str) -> None:
    """See that nothing has changed yet, and reload the server."""
    say(
        "5. The registry says version 1, the server still answers with version 2: a "
        "running server does not notice. No rollback is claimed."
    )
    stage.today = midnight_of(stage.today) + timedelta(hours=7)
    shop.live(stage.today, hours=12)
    stage.today += timedelta(hours=12)
    stage.run(f"fix status {incident}", key="unconfirmed")
    stage.run(f"fix plan {incident}", key="plan-reload")
    stage.run(f"fix apply {incident}", key="reloaded")


def recovery(stage: Stage, shop: Shop, incident: str) -> None:
    """Let new rows come: confirmed, then well again for a full window."""
    say("6. New rows carry version 1: now, and only now, it is confirmed.")
    midnight = midnight_of(stage.today) + DAY
    shop.live(midnight, hours=12)
    stage.today = midnight + timedelta(hours=12)
    stage.run("watch --once", expect=1)
    stage.run(f"fix status {incident}", key="confirmed")
    say("7. Full days are measured, labels and all, until the metric is back.")
    for day in range(1, 3):
        shop.live(midnight + day * DAY)
    stage.today = midnight + 3 * DAY + timedelta(hours=3)
    stage.run("watch --once", key="recovered")
    stage.run(f"fix status {incident}", key="resolved")
    stage.run(f"incident show {incident}", key="timeline")
    say("8. Did ownership make it fast? Every interval is in the log.")
    stage.run("report speed", key="speed")


def midnight_of(at: datetime) -> datetime:
    """Give the start of a day, UTC."""
    return at.replace(hour=0, minute=0, second=0, microsecond=0)


def set_up(folder: Path) -> None:
    """
    Make the folder anew.

    Raises
    ------
    SystemExit
        If it holds something else.
    """
    mark = folder / "serving.py"
    if folder.exists() and any(folder.iterdir()) and not mark.exists():
        sys.exit(f"{folder} holds something else; name another with --folder")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in FILES:
        shutil.copy(HERE / name, folder)


@contextmanager
def registry(stage: Stage) -> Iterator[None]:
    """Run an MLflow server while the story lasts; it is ended by its id."""
    port, serving = free_port(), free_port()
    stage.registry = f"http://127.0.0.1:{port}"
    stage.server = f"http://127.0.0.1:{serving}"
    settings = {
        "mlflow": str(stage.mlflow / "bin" / "mlflow"),
        "tracking": stage.registry,
        "port": str(serving),
    }
    (stage.folder / "serving.json").write_text(json.dumps(settings), encoding="utf-8")
    file = stage.folder / "modelowners.yaml"
    told = file.read_text(encoding="utf-8").replace(
        "127.0.0.1:5000", f"127.0.0.1:{port}"
    )
    file.write_text(told, encoding="utf-8")
    store = stage.folder / "mlflow"
    store.mkdir()
    with (stage.folder / "mlflow.log").open("wb") as log:
        server = subprocess.Popen(
            [
                settings["mlflow"],
                "server",
                *("--backend-store-uri", f"sqlite:///{store / 'mlflow.db'}"),
                *("--artifacts-destination", str(store / "artifacts")),
                *("--host", "127.0.0.1", "--port", str(port), "--workers", "1"),
            ],
            cwd=stage.folder,
            env={
                "PATH": f"{stage.mlflow / 'bin'}:{os.defpath}",
                "HOME": str(stage.folder),
            },
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            wait_for(f"{stage.registry}/health")
            yield
        finally:
            end(server)


def end(server: subprocess.Popen[bytes]) -> None:
    """End a server and what it started."""
    for sign in (15, 9):
        try:
            os.killpg(server.pid, sign)
            server.wait(10)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            continue


def wait_for(address: str) -> None:
    """
    Wait until a server answers.

    Raises
    ------
    SystemExit
        If it does not.
    """
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    sys.exit(f"{address} does not answer; see the logs in the folder")


def free_port() -> int:
    """Give a port of this machine that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
    return port


def say(text: str) -> None:
    """Narrate."""
    print(f"\n{text}", flush=True)


if __name__ == "__main__":
    main()
