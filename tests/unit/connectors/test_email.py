"""The e-mail sink against a real server on loopback."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from incident_worlds import read_catalog
from sink_worlds import SENDER, Inbox, free_port, message, smtp_server

from modelowners.connectors import email as email_connector
from modelowners.connectors.email import Email, Server, compose, read_server
from modelowners.connectors.transport import Outside
from modelowners.core.errors import BadFacet
from modelowners.core.facets import Node
from modelowners.incidents.ports import Hope, NotSent

pytestmark = pytest.mark.loopback


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with smtp_server() as box:
        yield box


def test_mails_of_one_incident_form_a_thread(inbox: Inbox) -> None:
    sink = Email(Server("127.0.0.1", inbox.port, SENDER))
    sent = message("email:cy@acme.example")
    receipt = sink.send(sent)
    sink.send(replace(sent, id="INC-7.9.feedface"))
    first, second = inbox.mails
    assert first["Message-ID"] == "<INC-7.5.0badcafe@acme.example>" == receipt.ref
    assert second["Message-ID"] != first["Message-ID"]
    assert first["References"] == second["References"] == "<INC-7@acme.example>"
    assert first["To"] == "cy@acme.example"
    assert first["Date"] == "Wed, 10 Jun 2026 12:00:00 +0000"


def test_the_same_message_gives_the_same_bytes() -> None:
    sent = message("email:cy@acme.example", text="°C")
    one, two = (compose(sent, sender=SENDER).as_bytes() for _ in range(2))
    assert one == two


@pytest.mark.parametrize(
    "target",
    [
        "cy@acme.example\r\nBcc: eve@evil.example",
        "cy@acme.example\nX: y",
        "cy\0@acme.example",
        "not an address",
        "",
        "a@b@c",
        "a@b.example, eve@evil.example",
        "Cy <cy@acme.example>",
    ],
)
def test_a_crooked_recipient_is_refused(inbox: Inbox, target: str) -> None:
    sink = Email(Server("127.0.0.1", inbox.port, SENDER))
    with pytest.raises(NotSent) as caught:
        sink.send(message(f"email:{target}"))
    assert caught.value.hope is Hope.NONE
    assert inbox.mails == []


def test_a_line_break_in_the_title_is_refused() -> None:
    sent = message("email:cy@acme.example")
    crooked = replace(sent, notice=replace(sent.notice, title="a\r\nBcc: b@c.example"))
    with pytest.raises(NotSent, match="line break"):
        compose(crooked, sender=SENDER)


@pytest.mark.parametrize(
    ("answer", "hope"),
    [
        ("451 try later", Hope.RETRY),
        ("452 full", Hope.RETRY),
        ("550 no such user", Hope.NONE),
        ("554 refused", Hope.NONE),
    ],
)
def test_the_servers_answer_decides(inbox: Inbox, answer: str, hope: Hope) -> None:
    sink = Email(Server("127.0.0.1", inbox.port, SENDER))
    inbox.answer = answer
    with pytest.raises(NotSent, match=answer) as caught:
        sink.send(message("email:cy@acme.example"))
    assert caught.value.hope is hope
    inbox.answer, inbox.refused = "250 OK", answer
    with pytest.raises(NotSent, match=answer) as caught:
        sink.send(message("email:cy@acme.example"))
    assert caught.value.hope is hope


def test_no_server_means_try_again() -> None:
    port = free_port()
    with pytest.raises(NotSent) as caught:
        Email(Server("127.0.0.1", port, SENDER)).send(message("email:cy@acme.example"))
    assert caught.value.hope is Hope.RETRY


def test_a_server_lost_after_the_text_may_have_it() -> None:
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        served = threading.Thread(target=_vanish_after_data, args=(listener,))
        served.start()
        server = Server("127.0.0.1", listener.getsockname()[1], SENDER)
        with pytest.raises(NotSent) as caught:
            Email(server, timeout=5).send(message("email:cy@acme.example"))
        served.join()
    assert caught.value.hope is Hope.UNSURE


def _vanish_after_data(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    with connection, connection.makefile("rwb") as talk:
        talk.write(b"220 hello\r\n")
        talk.flush()
        for line in talk:
            if line.upper().startswith(b"DATA"):
                talk.write(b"354 go on\r\n")
                talk.flush()
                while talk.readline() != b".\r\n":
                    pass
                return
            talk.write(b"250 ok\r\n")
            talk.flush()


def test_encryption_that_was_asked_for_is_not_waived(inbox: Inbox) -> None:
    server = Server("127.0.0.1", inbox.port, SENDER, starttls=True)
    with pytest.raises(NotSent, match="STARTTLS") as caught:
        Email(server).send(message("email:cy@acme.example"))
    assert caught.value.hope is Hope.NONE
    assert inbox.mails == []


def test_a_server_is_read_from_the_ownership_file(tmp_path: Path) -> None:
    mail = "email: {host: mail, port: 2525, from: a@b.example}"
    text = f"version: 1\nconnectors:\n  {mail}\n"
    assert email_connector.notifier(read_catalog(tmp_path, text), Outside()) is not None
    bare = read_catalog(tmp_path, "version: 1\n")
    assert email_connector.notifier(bare, Outside()) is None


def node(**fields: str | int | bool) -> Node:
    inner = {key: Node(value, "m.yaml", 3, 9) for key, value in fields.items()}
    return Node(dict(inner), "m.yaml", 3, 3)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"from": "a@b.example"}, "needs host"),
        ({"host": "mail"}, "needs from"),
        ({"host": "mail", "from": "nobody"}, "e-mail address"),
        ({"host": "mail", "from": "a@b.example", "port": 0}, "port from 1"),
        ({"host": "mail", "from": "a@b.example", "port": 70_000}, "port from 1"),
        ({"host": "mail", "from": "a@b.example", "porf": 1}, 'did you mean "port"'),
        ({"host": "mail", "from": "a@b.example", "starttls": "x"}, "true or false"),
    ],
)
def test_a_wrong_server_names_its_place(
    fields: dict[str, str | int | bool], said: str
) -> None:
    with pytest.raises(BadFacet, match=said) as caught:
        read_server(node(**fields))
    assert "m.yaml:3:" in str(caught.value)
