"""A real Alertmanager on loopback, where one is installed."""

from __future__ import annotations

import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from sink_servers import LOOPBACK
from sink_worlds import free_port

from modelowners.connectors.transport import Transport, TransportError

CONFIG = """\
route:
  receiver: owners
  group_by: [model]
  group_wait: 100ms
  group_interval: 1s
  repeat_interval: 1s
receivers:
  - name: owners
    webhook_configs:
      - url: {url}/v1/in/alertmanager
        send_resolved: true
        http_config:
          authorization: {{credentials: {token}}}
"""


@contextmanager
def alertmanager(folder: Path, door: str, *, token: str) -> Iterator[str]:
    """Run the real one, posting to our door; give its address."""
    binary = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
    if binary is None:
        pytest.skip("no Alertmanager here: apt-get install prometheus-alertmanager")
    config = folder / "alertmanager.yml"
    config.write_text(CONFIG.format(url=door, token=token), encoding="utf-8")
    url = f"http://127.0.0.1:{free_port()}"
    log = folder / "alertmanager.log"
    with log.open("wb") as said:
        process = subprocess.Popen(
            [
                binary,
                f"--config.file={config}",
                f"--storage.path={folder / 'data'}",
                f"--web.listen-address={url.removeprefix('http://')}",
                "--cluster.listen-address=",
            ],
            stdout=said,
            stderr=subprocess.STDOUT,
        )
    try:
        until(lambda: is_ready(url), why=lambda: log.read_text("utf-8", "replace"))
        yield url
    finally:
        process.terminate()
        process.wait(timeout=10)


def is_ready(url: str) -> bool:
    try:
        return Transport(LOOPBACK).request("GET", f"{url}/-/ready").ok
    except TransportError:
        return False


def until(
    holds: Callable[[], bool], *, why: Callable[[], object] = str, seconds: float = 20
) -> None:
    """Wait for something a real process does in its own time."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, why()
        threading.Event().wait(0.05)


def fire(url: str, *alerts: Mapping[str, object]) -> None:
    """Post alerts to Alertmanager, as Prometheus does."""
    response = Transport(LOOPBACK).request("POST", f"{url}/api/v2/alerts", body=alerts)
    assert response.ok, response.text
