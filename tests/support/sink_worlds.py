"""Messages to carry, and an SMTP server on loopback that keeps what it takes."""

from __future__ import annotations

import email
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from email.message import Message as Mail
from email.policy import default
from typing import TYPE_CHECKING

from aiosmtpd.controller import Controller
from incident_worlds import NOON

from modelowners.core.ids import IncidentId, asset_id
from modelowners.incidents.notices import Address, Message, Notice, NoticeKind, cleaned
from modelowners.incidents.severity import Severity

if TYPE_CHECKING:
    from aiosmtpd.smtp import SMTP, Envelope, Session

HOSTILE = "a\r\nBcc: eve@evil.example\x1b[31m\u202e\x00<!channel> “quoted”"
SENDER = "modelowners@acme.example"


def message(address: str, *, text: str = "temp changed its unit") -> Message:
    """A message for an address, cleaned as every message is."""
    notice = Notice(
        kind=NoticeKind.PAGE,
        incident=IncidentId("INC-7"),
        model=asset_id("model:eta"),
        severity=Severity.SEV2,
        to="cy (feeds)",
        person="cy",
        title=f"INC-7 sev2: {text}",
        lines=("You are asked as oncall of cy (feeds)", f"- {text}"),
        at=NOON,
    )
    return Message(
        id="INC-7.5.0badcafe", address=Address.parse(address), notice=cleaned(notice)
    )


@dataclass
class Inbox:
    """What an SMTP server took, and how it should answer."""

    port: int = 0
    mails: list[Mail] = field(default_factory=list)
    answer: str = "250 OK"
    refused: str = ""

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        if self.refused:
            return self.refused
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        self.mails.append(email.message_from_bytes(content, policy=default))
        return self.answer


def free_port() -> int:
    """A port nobody listens on."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def smtp_server() -> Iterator[Inbox]:
    """A server that takes mail until it is left."""
    box = Inbox(port=free_port())
    controller = Controller(box, hostname="127.0.0.1", port=box.port)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()
