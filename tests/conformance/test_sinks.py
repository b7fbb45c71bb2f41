"""Every sink keeps the same laws; what is particular to each is in its unit test."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from email.message import Message as Mail
from pathlib import Path

import pytest
from sink_worlds import HOSTILE, SENDER, Inbox, message, smtp_server

from modelowners.connectors.console import Console
from modelowners.connectors.email import Email, Server
from modelowners.connectors.file import JsonLines
from modelowners.incidents.ports import Notifier


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with smtp_server() as box:
        yield box


@dataclass
class Sink:
    """One sink under test: itself, an address it serves, and what it carried."""

    notifier: Notifier
    address: str
    read: Callable[[], list[str]]


def mail_text(mail: Mail) -> str:
    payload = mail.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return f"{mail['Subject']}\n{payload.decode()}"


@pytest.fixture(params=["console", "file", "email"])
def sink(request: pytest.FixtureRequest, tmp_path: Path) -> Sink:
    if request.param == "console":
        stream = io.StringIO()
        return Sink(
            Console(stream),
            "console:",
            lambda: [f"[{part}" for part in stream.getvalue().split("[PAGE")[1:]],
        )
    if request.param == "file":
        place = tmp_path / "alerts.jsonl"
        return Sink(
            JsonLines(tmp_path),
            "file:alerts.jsonl",
            lambda: place.read_text("utf-8").splitlines(),
        )
    box: Inbox = request.getfixturevalue("inbox")
    return Sink(
        Email(Server("127.0.0.1", box.port, SENDER)),
        "email:cy@acme.example",
        lambda: [mail_text(mail) for mail in box.mails],
    )


def test_a_message_arrives_once_and_whole(sink: Sink) -> None:
    sink.notifier.send(message(sink.address))
    (found,) = sink.read()
    assert "INC-7 sev2: temp changed its unit" in found
    assert "You are asked as oncall of cy (feeds)" in found


def test_messages_arrive_in_order(sink: Sink) -> None:
    for number in range(3):
        sent = message(sink.address, text=f"number {number}")
        sink.notifier.send(replace(sent, id=f"INC-7.{number}"))
    assert [f"number {n}" in text for n, text in enumerate(sink.read())] == [True] * 3


def test_a_repeat_says_so(sink: Sink) -> None:
    sink.notifier.send(replace(message(sink.address), repeat=True))
    (found,) = sink.read()
    assert "may be a repeat" in found or '"repeat":true' in found


def test_hostile_text_stays_text(sink: Sink) -> None:
    sink.notifier.send(message(sink.address, text=HOSTILE))
    (found,) = sink.read()
    assert "\x1b" not in found
    assert "\u202e" not in found
    assert "\x00" not in found
    assert "\\x1b[31m" in found.replace("\\\\", "\\")
    assert not any(line.startswith("Bcc:") for line in found.splitlines())


def test_a_lone_surrogate_breaks_nothing(sink: Sink) -> None:
    sink.notifier.send(message(sink.address, text="caf\udce9"))
    assert "\\udce9" in sink.read()[0].replace("\\\\", "\\")
