"""From an alert to a page and back, through the program as it is installed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from alertmanager_worlds import alertmanager, fire, until
from sink_servers import (
    INGEST_TOKEN,
    LOOPBACK,
    VALUES,
    Listener,
    PagerDutyPeer,
    SlackPeer,
    serving,
    texts_of,
)
from sink_worlds import free_port

from modelowners.app.wiring import Program
from modelowners.connectors.transport import Transport, TransportError
from modelowners.core.time import HOUR, SystemClock, format_instant

OWNERS = """\
version: 1
people:
  ana: {{email: ana@acme.example}}
  bo: {{email: bo@acme.example}}
teams:
  risk:
    lead: ana
    deputy: bo
    members: [ana, bo]
    notify: ["pagerduty:risk", "slack:#risk", "webhook:ops"]
owns:
  model:eta: {{owner: risk, tier: 1}}
connectors:
  alertmanager: {{token: "${{INGEST_TOKEN}}"}}
  pagerduty: {{services: {{risk: "${{PAGERDUTY_FEEDS}}"}}, url: {pagerduty}}}
  slack: {{token: "${{SLACK_BOT_TOKEN}}", url: {slack}/api}}
  webhook: {{ops: {{url: {listener}/hook, secret: "${{WEBHOOK_SECRET}}"}}}}
"""
LABELS = {"alertname": "LatencyHigh", "model": "eta", "severity": "critical"}


@dataclass
class Site:
    """An installation, and the peers it speaks to."""

    folder: Path
    pagerduty: PagerDutyPeer
    slack: SlackPeer
    listener: Listener
    environment: Mapping[str, str]

    def run(self, *arguments: str) -> str:
        """Run a command as a person or a scheduler does."""
        self.listener.now = SystemClock().now().timestamp()
        done = subprocess.run(
            [sys.executable, "-m", "modelowners", *arguments],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode in {0, 1}, done.stderr
        return done.stdout

    def post(self, *, ended: bool = False) -> int:
        """Post the alert as Alertmanager does; the program is made anew each time."""
        now = SystemClock().now()
        alert = {
            "status": "resolved" if ended else "firing",
            "labels": LABELS,
            "annotations": {"summary": "p99 is 900 ms"},
            "startsAt": format_instant(now - HOUR),
            "endsAt": format_instant(now) if ended else "0001-01-01T00:00:00Z",
        }
        program = Program.start(file=str(self.folder / "modelowners.yaml"))
        receiver = program.receivers["alertmanager"]
        raw = json.dumps({"version": "4", "alerts": [alert]}).encode()
        headers = {"authorization": f"Bearer {INGEST_TOKEN}"}
        status = receiver.accept(headers, raw).status
        program.database.close()
        return status


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    more = {**VALUES, "MODELOWNERS_ALLOW_PRIVATE": "127.0.0.1"}
    for name, value in more.items():
        monkeypatch.setenv(name, value)
    with ExitStack() as stack:
        pagerduty = stack.enter_context(serving(PagerDutyPeer()))
        slack = stack.enter_context(serving(SlackPeer()))
        listener = stack.enter_context(serving(Listener()))
        text = OWNERS.format(
            pagerduty=pagerduty.url, slack=slack.url, listener=listener.url
        )
        (tmp_path / "modelowners.yaml").write_text(text, encoding="utf-8")
        yield Site(tmp_path, pagerduty, slack, listener, dict(os.environ))


@pytest.mark.slow
def test_an_alert_pages_is_acknowledged_everywhere_and_ends(site: Site) -> None:
    assert site.post() == 200
    site.run("watch", "--once")
    assert site.pagerduty.alerts == {"INC-1": "triggered"}
    assert site.pagerduty.woken == 1
    (event,) = (e for e in site.pagerduty.taken if e["event_action"] == "trigger")
    assert "p99 is 900 ms" in str(event)

    site.post()
    site.run("watch", "--once")
    assert site.pagerduty.woken == 1, "a repeat tells nobody"

    site.run("--as", "ana", "incident", "ack", "INC-1")
    assert site.pagerduty.alerts == {"INC-1": "acknowledged"}
    assert shown(site.slack) == ["acknowledged"]

    site.post(ended=True)
    site.run("watch", "--once")
    site.run("--as", "ana", "incident", "resolve", "INC-1", "--reason", "fixed")
    assert site.pagerduty.alerts == {"INC-1": "resolved"}
    assert shown(site.slack) == ["resolved"]
    states = [dict(body["data"])["state"] for body in site.listener.taken]  # type: ignore[call-overload]  # a JSON object
    assert list(dict.fromkeys(states)) == ["open", "acknowledged", "resolved"]


@contextmanager
def served(site: Site) -> Iterator[str]:
    """Run the server, its loop each second; give its address."""
    url = f"http://127.0.0.1:{free_port()}"
    log = site.folder / "serve.log"
    bind = url.removeprefix("http://")
    command = ["serve", "--bind", bind, "--interval", "1s"]
    with log.open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "modelowners", *command],
            cwd=site.folder,
            env=site.environment,
            stdout=said,
            stderr=subprocess.STDOUT,
        )
    try:
        until(lambda: answers(url), why=lambda: log.read_text("utf-8"), seconds=60)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=30)


def answers(url: str) -> bool:
    try:
        return Transport(LOOPBACK).request("GET", f"{url}/").status > 0
    except TransportError:
        return False


@pytest.mark.slow
def test_a_real_alertmanager_pages_through_the_real_server(site: Site) -> None:
    labels = {**LABELS, "alertname": "P99LatencyHigh"}
    site.listener.now = SystemClock().now().timestamp()
    with (
        served(site) as url,
        alertmanager(site.folder, url, token=INGEST_TOKEN) as sender,
    ):
        fire(sender, {"labels": labels, "annotations": {"summary": "p99 is 900 ms"}})
        until(
            lambda: site.pagerduty.alerts == {"INC-1": "triggered"},
            why=lambda: (site.folder / "serve.log").read_text("utf-8"),
            seconds=60,
        )
        # It repeats each second: nobody is told twice.
        threading.Event().wait(4)
    assert site.pagerduty.woken == 1
    assert len(roots(site.slack)) == 1
    shown = json.loads(site.run("incident", "show", "INC-1", "--json"))
    assert "p99 is 900 ms" in json.dumps(shown)


def roots(slack: SlackPeer) -> list[dict[str, object]]:
    return [body for body in slack.shown.values() if "thread_ts" not in body]


def shown(slack: SlackPeer) -> list[str]:
    """What each message in the channel shows as the incident's state."""
    known = {"open", "acknowledged", "mitigated", "resolved"}
    return [
        next(text for text in texts_of(root) if text in known) for root in roots(slack)
    ]


@pytest.mark.slow
def test_what_is_not_allowed_is_not_asked(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ownership file alone cannot send the program into a private network."""
    assert site.post() == 200
    site.environment = {**site.environment, "MODELOWNERS_ALLOW_PRIVATE": ""}
    said = site.run("watch", "--once")
    assert (site.pagerduty.requests, site.slack.requests) == ([], [])
    assert "INC-1" in said
    whole = site.run("incident", "show", "INC-1")
    assert "127.0.0.1 is no public address" in whole
