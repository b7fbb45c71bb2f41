"""A real MLflow server on this machine, and models trained into it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ENVIRONMENT = Path(__file__).parents[2] / ".tools" / "mlflow"
PYTHON = ENVIRONMENT / "bin" / "python"
MLFLOW = ENVIRONMENT / "bin" / "mlflow"
ABSENT = "no MLflow here: make mlflow-env"
TRAINING = Path(__file__).parent / "mlflow_training.py"
START = 120.0
"""Seconds a server may take to answer first."""


def is_installed() -> bool:
    """Tell whether `make mlflow-env` has run."""
    return MLFLOW.is_file()


@dataclass(frozen=True, slots=True)
class MLflowServer:
    """
    A running server.

    Parameters
    ----------
    url : str
        Where it answers, on loopback.
    folder : Path
        Of its database and artifacts.
    """

    url: str
    folder: Path

    def call(self, method: str, place: str, body: object = None) -> dict[str, object]:
        """Make a REST call, as any other user of the registry would."""
        request = urllib.request.Request(  # noqa: S310 - loopback
            f"{self.url}/api/2.0/mlflow/{place}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"content-type": "application/json"},
            method=method,
        )
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - the same
            found = json.loads(answer.read() or b"{}")
        return found if isinstance(found, dict) else {}

    def create(self, name: str) -> None:
        """Register a model without versions."""
        self.call("POST", "registered-models/create", {"name": name})

    def version(self, name: str, source: str = "s3://nowhere/model") -> str:
        """Register a version that no run made; give its number."""
        body = {"name": name, "source": source}
        try:
            found = self.call("POST", "model-versions/create", body)
        except urllib.error.HTTPError as error:
            raise AssertionError(error.read()) from None
        made = found["model_version"]
        return str(made["version"]) if isinstance(made, dict) else ""

    def alias(self, name: str, alias: str, version: str) -> None:
        """Let an alias name a version."""
        body = {"name": name, "alias": alias, "version": version}
        self.call("POST", "registered-models/alias", body)

    def delete(self, what: str, body: Mapping[str, str]) -> None:
        """Delete a model, a version or an alias."""
        self.call("DELETE", what, body)

    def train(self, name: str, *runs: Training) -> None:
        """Train and register versions with MLflow's own client, one process for all."""
        wanted = [{"name": name, **run.arguments()} for run in runs]
        subprocess.run(
            [str(PYTHON), str(TRAINING), self.url, json.dumps(wanted)],
            check=True,
            env=environment(),
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
        )


@dataclass(frozen=True, slots=True)
class Training:
    """
    How one version is trained.

    Parameters
    ----------
    strength : float
        `C` of the logistic regression, above 0.
    rows : int
        Of the training data, above 10.
    columns : sequence of str
        Of the inputs; all numbers.
    pinned : sequence of str
        Requirements to log.
    """

    strength: float = 1.0
    rows: int = 1500
    columns: Sequence[str] = ("tenure", "monthly", "tickets")
    pinned: Sequence[str] = ("scikit-learn==1.7.0", "numpy==2.1.0")
    commit: str = "a" * 40
    tags: Mapping[str, str] = field(default_factory=dict)

    def arguments(self) -> dict[str, object]:
        """Give what the training script reads."""
        return {
            "strength": self.strength,
            "rows": self.rows,
            "columns": list(self.columns),
            "pinned": list(self.pinned),
            "commit": self.commit,
            "tags": dict(self.tags),
        }


def environment() -> dict[str, str]:
    """Give an environment in which MLflow talks to nobody but us."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return kept | {
        "PATH": f"{ENVIRONMENT / 'bin'}{os.pathsep}{kept.get('PATH', '')}",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "DO_NOT_TRACK": "true",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "GIT_PYTHON_REFRESH": "quiet",
        "OMP_NUM_THREADS": "1",
        "PYTHONWARNINGS": "ignore",
    }


@contextmanager
def mlflow_server(folder: Path) -> Iterator[MLflowServer]:
    """
    Run a server for a while.

    Parameters
    ----------
    folder : Path
        Empty; its database, artifacts and log go there.

    Yields
    ------
    MLflowServer
        Once it answers; it ends with the block, by its own process group.
    """
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [
                str(MLFLOW),
                "server",
                *("--host", "127.0.0.1", "--port", str(port), "--workers", "1"),
                *("--backend-store-uri", f"sqlite:///{folder / 'mlflow.db'}"),
                *("--artifacts-destination", str(folder / "artifacts")),
            ],
            env=environment(),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            _wait(process, url, folder)
            yield MLflowServer(url, folder)
        finally:
            end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process that was started in its own session, with its children."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, sign)
        except ProcessLookupError:
            break
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            continue


def free_port() -> int:
    """Give a port of this machine that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _wait(process: subprocess.Popen[bytes], url: str, folder: Path) -> None:
    until = time.monotonic() + START
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=5):  # noqa: S310 - the same
                return
        except OSError:
            time.sleep(0.2)
    told = (folder / "server.log").read_text("utf-8", "replace")[-2000:]
    raise AssertionError(f"MLflow did not start at {url}:\n{told}")
