"""Text from anywhere, through every renderer of a message, reads back the same."""

from __future__ import annotations

import email
import html
import io
import json
import tempfile
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import replace
from email.policy import default
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sink_worlds import SENDER, message

from modelowners.connectors import pagerduty, slack, webhook
from modelowners.connectors.console import Console
from modelowners.connectors.email import compose as compose_mail
from modelowners.connectors.file import JsonLines
from modelowners.core.ids import canonical_json
from modelowners.incidents.notices import Address, Message, cleaned

SIGNS = (
    "<!channel> <@U1> &amp; \x1b[31m \u202e \u2028 \r\nBcc: =?= \x00 \udce9",
    "${HOME} {{x}} *bold* `code` _it_ ~no~ %s \\n \\",
)
TEXT = st.one_of(
    st.text(max_size=80),
    st.text(alphabet=st.sampled_from("".join(SIGNS)), max_size=80),
    st.sampled_from([*SIGNS, *(part for one in SIGNS for part in one.split(" "))]),
)


def console(sent: Message) -> str:
    stream = io.StringIO()
    # As wide as a line may be: what is wrapped is read without its breaks.
    Console(stream, width=5000).send(sent)
    return textwrap.dedent(stream.getvalue())


def file(sent: Message) -> str:
    with tempfile.TemporaryDirectory() as folder:
        JsonLines(Path(folder)).send(sent)
        (line,) = (Path(folder) / "a.jsonl").read_text("utf-8").splitlines()
    return "\n".join(json.loads(line)["lines"])


def mail(sent: Message) -> str:
    to = replace(sent, address=Address("email", "cy@acme.example"))
    made = compose_mail(to, sender=SENDER).as_bytes()
    read = email.message_from_bytes(made, policy=default)
    body = read.get_body()
    assert body is not None
    text: str = body.get_content()
    # What ends a line on the wire.
    return text.replace("\r\n", "\n")


def slack_blocks(sent: Message) -> str:
    blocks = slack.compose(sent)["blocks"]
    assert isinstance(blocks, list)
    sections = [block["text"]["text"] for block in blocks if block["type"] == "section"]
    return html.unescape("\n".join(sections))


def pagerduty_event(sent: Message) -> str:
    event = json.loads(json.dumps(pagerduty.compose(sent)))
    return "\n".join(event["payload"]["custom_details"]["lines"])


def pagerduty_change(sent: Message) -> str:
    event = json.loads(json.dumps(pagerduty.compose_change(sent)))
    return "\n".join(event["payload"]["custom_details"]["lines"])


def webhook_event(sent: Message) -> str:
    event = json.loads(canonical_json(webhook.compose(sent)))
    return "\n".join(event["data"]["lines"])


RENDERERS = (
    *(console, file, mail, slack_blocks),
    *(pagerduty_event, pagerduty_change, webhook_event),
)


@pytest.mark.parametrize("render", RENDERERS, ids=lambda render: render.__name__)
@given(lines=st.lists(TEXT, min_size=1, max_size=4))
def test_lines_read_back_as_they_were(
    render: Callable[[Message], str], lines: Sequence[str]
) -> None:
    found = message("file:a.jsonl")
    sent = replace(found, notice=cleaned(replace(found.notice, lines=tuple(lines))))
    read = [squeezed(line) for line in render(sent).splitlines()]
    wanted = [squeezed(line) for line in sent.notice.lines if line.strip()]
    place = 0
    for line in wanted:
        place = read.index(line, place) + 1


def squeezed(line: str) -> str:
    """A line as it is read: where words are apart, not how far."""
    return " ".join(line.split())


@pytest.mark.parametrize("render", RENDERERS, ids=lambda render: render.__name__)
@given(text=TEXT)
def test_no_control_character_gets_through(
    render: Callable[[Message], str], text: str
) -> None:
    read = render(message("file:a.jsonl", text=text))
    alive = {sign for sign in read if not sign.isprintable()} - {"\n"}
    assert alive == set()
