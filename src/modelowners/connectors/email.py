"""The e-mail sink: hands messages to an SMTP server, one thread an incident."""

from __future__ import annotations

import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass
from email.errors import HeaderParseError, MessageDefect
from email.headerregistry import Address as Mailbox
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import TYPE_CHECKING

from modelowners.catalog.files import Catalog
from modelowners.core.facets import Node, flag, mapping, number, text
from modelowners.incidents.notices import Message, NoticeKind
from modelowners.incidents.ports import Hope, NotSent, Receipt

if TYPE_CHECKING:
    # The transport loads an HTTP client, which this connector never asks.
    from modelowners.connectors.transport import Outside

TIMEOUT = 10.0
"""Seconds to wait for the server's next word."""

PORT = 25
LAST_PORT = 65_535
KEYS = ("host", "port", "from", "starttls")
PERMANENT = 500
"""From this reply code on, trying again is of no use."""


@dataclass(frozen=True, slots=True)
class Server:
    """
    Where mail is handed over, and whom it comes from.

    Parameters
    ----------
    host : str
        Name or address of the SMTP server.
    port : int
        1 to 65,535.
    sender : str
        The address in ``From``.
    starttls : bool
        Encrypt the connection, and refuse a server that cannot.
    """

    host: str
    port: int
    sender: str
    starttls: bool = False


class Email:
    """
    Sends mail.

    Message-ID is derived from the message's id, so that a mail program or list
    that deduplicates shows a repeat once. When the connection is lost after
    the text was sent, nobody knows whether it arrived: it is sent again,
    marked "may be a repeat".

    Parameters
    ----------
    server : Server
        Where to hand it over.
    timeout : float
        Seconds to wait for the server's next word, above 0.
    """

    def __init__(self, server: Server, *, timeout: float = TIMEOUT) -> None:
        self._server = server
        self._timeout = timeout

    def send(self, message: Message) -> Receipt:
        """
        Hand a message to the server.

        Raises
        ------
        NotSent
            If the server is not there, refuses it, or is lost on the way.
        """
        mail = compose(message, sender=self._server.sender)
        address = message.address
        try:
            client = self._connect()
        except (OSError, smtplib.SMTPException) as error:
            raise NotSent(address, _said(error), hope=_hope(error)) from error
        try:
            client.send_message(mail)
        except (OSError, smtplib.SMTPException) as error:
            lost = Hope.UNSURE
            hope = _hope(error, otherwise=lost)
            raise NotSent(address, _said(error), hope=hope) from error
        finally:
            # It was accepted, or not: how the goodbye goes changes nothing.
            with suppress(OSError, smtplib.SMTPException):
                client.quit()
            client.close()
        return Receipt(ref=str(mail["Message-ID"]))

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        client = smtplib.SMTP(server.host, server.port, timeout=self._timeout)
        try:
            client.ehlo_or_helo_if_needed()
            if server.starttls:
                client.starttls(context=ssl.create_default_context())
        except BaseException:
            client.close()
            raise
        return client


def compose(message: Message, *, sender: str) -> EmailMessage:
    """
    Write the mail for a message.

    Parameters
    ----------
    message : Message
        What to say and to whom.
    sender : str
        The address in ``From``.

    Returns
    -------
    EmailMessage
        The same message gives the same bytes.

    Raises
    ------
    NotSent
        If a header would hold a line break or the recipient is no address.
    """
    notice = message.notice
    domain = sender.rpartition("@")[2] or "localhost"
    mail = EmailMessage(policy=SMTP)
    headers = {
        "From": sender,
        "To": message.address.target,
        "Subject": message.title,
        "Date": format_datetime(notice.at),
        "Message-ID": f"<{message.id}@{domain}>",
        # The thread's root was never sent: mail programs gather by it all the same.
        "In-Reply-To": f"<{notice.incident}@{domain}>",
        "References": f"<{notice.incident}@{domain}>",
        "X-Modelowners-Incident": notice.incident,
        "X-Modelowners-Severity": notice.severity.value,
        "Auto-Submitted": "auto-generated",
        "Importance": "high" if notice.kind is NoticeKind.PAGE else "normal",
    }
    if any(sign in value for value in headers.values() for sign in "\r\n\0"):
        raise NotSent(message.address, "a header holds a line break", hope=Hope.NONE)
    try:
        Mailbox(addr_spec=headers["To"])
        for name, value in headers.items():
            mail[name] = value
    except (ValueError, IndexError, HeaderParseError, MessageDefect) as error:
        why = f"it is no e-mail address: {error}"
        raise NotSent(message.address, why, hope=Hope.NONE) from error
    lines = (f"For {notice.to}.", "", *notice.lines, "")
    mail.set_content("\n".join(lines), charset="utf-8")
    return mail


def _hope(error: Exception, *, otherwise: Hope = Hope.RETRY) -> Hope:
    """Tell from a server's reply code whether to try again."""
    code = None
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code = max((reply[0] for reply in error.recipients.values()), default=None)
    elif isinstance(error, smtplib.SMTPResponseException):
        code = error.smtp_code
    elif isinstance(error, smtplib.SMTPNotSupportedError):
        code = PERMANENT
    if code is None or code < 0:
        return otherwise
    return Hope.NONE if code >= PERMANENT else Hope.RETRY


def _said(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "; ".join(
            f"{code} {said.decode('utf-8', 'replace')}"
            for code, said in error.recipients.values()
        )
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error
        shown = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
        return f"{error.smtp_code} {shown}"
    return str(error) or type(error).__name__


def read_server(node: Node) -> Server:
    """
    Read ``connectors.email`` of the ownership file.

    Parameters
    ----------
    node : Node
        With ``host`` and ``from``; ``port`` is 25 unless stated, ``starttls``
        false.

    Returns
    -------
    Server
        Where mail goes.

    Raises
    ------
    BadFacet
        If something is missing or out of range, with its place.
    """
    found = mapping(node, dict.fromkeys(KEYS))
    for key in ("host", "from"):
        if key not in found:
            raise node.refuse(f"connectors.email needs {key}: host and from are needed")
    port = int(number(found["port"])) if "port" in found else PORT
    if not 1 <= port <= LAST_PORT:
        raise found["port"].refuse(f"expected a port from 1 to {LAST_PORT}")
    sender = text(found["from"])
    if "@" not in sender.strip("@") or not sender.isprintable() or " " in sender:
        raise found["from"].refuse(f'expected an e-mail address, found "{sender}"')
    starttls = flag(found["starttls"]) if "starttls" in found else False
    return Server(text(found["host"]), port, sender, starttls)


def check_section(node: Node) -> None:
    """Refuse ``connectors.email`` where it cannot be used; `lint` asks."""
    read_server(node)


def notifier(catalog: Catalog, outside: Outside) -> Email | None:
    """Give the sink, or None where the ownership file names no server."""
    del outside
    section = catalog.sections.get("connectors")
    node = mapping(section).get("email") if section is not None else None
    return Email(read_server(node)) if node is not None else None
