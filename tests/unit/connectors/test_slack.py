"""What Slack is sent: within its limits, with foreign text as text."""

from __future__ import annotations

import html
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from incident_worlds import read_catalog
from jsonschema import Draft202012Validator
from sink_servers import BLOCKS, MAX_ALL_BLOCKS, refuse_control_sequences
from sink_worlds import HOSTILE, message

from modelowners.connectors.slack import (
    MAX_SECTION,
    Posted,
    Slack,
    Workspace,
    compose,
    escape,
    notifier,
    read_workspace,
)
from modelowners.connectors.transport import Outside
from modelowners.core.errors import BadFacet
from modelowners.core.facets import Node
from modelowners.incidents.notices import Message, cleaned
from modelowners.incidents.ports import Hope, NotSent


def node(value: object) -> Node:
    """A place in the ownership file, as the reader of files gives it."""
    if isinstance(value, dict):
        return Node({k: node(v) for k, v in value.items()}, "modelowners.yaml", 9, 3)
    assert isinstance(value, str)
    return Node(value, "modelowners.yaml", 9, 3)


def sections(composed: dict[str, object]) -> list[str]:
    blocks = composed["blocks"]
    assert isinstance(blocks, list)
    return [block["text"]["text"] for block in blocks if block["type"] == "section"]


def headline(composed: dict[str, object]) -> str:
    blocks = composed["blocks"]
    assert isinstance(blocks, list)
    text: str = blocks[0]["text"]["text"]
    return text


def with_lines(*lines: str) -> Message:
    found = message("slack:#feeds")
    return replace(found, notice=cleaned(replace(found.notice, lines=lines)))


def test_a_message_says_title_lines_and_whom_it_is_for() -> None:
    composed = compose(message("slack:#feeds"))
    assert headline(composed) == "INC-7 sev2: temp changed its unit"
    assert sections(composed) == [
        "You are asked as oncall of cy (feeds)\n- temp changed its unit"
    ]
    blocks = composed["blocks"]
    assert isinstance(blocks, list)
    foot = [element["text"] for element in blocks[-1]["elements"]]
    assert foot == ["Page for cy (feeds)", "model:eta", "open", "INC-7"]
    assert composed["text"] == "INC-7 sev2: temp changed its unit (page for cy (feeds))"


def test_the_same_message_gives_the_same_bytes() -> None:
    one, two = (json.dumps(compose(message("slack:x"))) for _ in range(2))
    assert one == two


@given(st.lists(st.text(min_size=1), min_size=1, max_size=8))
def test_any_text_reads_back_as_it_was(lines: list[str]) -> None:
    sent = with_lines(*lines)
    read = html.unescape("\n".join(sections(compose(sent))))
    wanted = [line.strip() for line in sent.notice.lines if line.strip()]
    assert read == "\n".join(wanted)


@given(st.text(min_size=1, max_size=400))
def test_any_title_reads_back_as_it_was(text: str) -> None:
    composed = compose(message("slack:#feeds", text=text))
    whole = html.unescape("\n".join([headline(composed), *sections(composed)]))
    assert message("slack:#feeds", text=text).title.strip() in whole


@given(
    st.lists(
        st.text(alphabet=st.sampled_from("&<>a \U0001f600!@#"), max_size=1000),
        max_size=40,
    )
)
def test_any_message_stays_within_the_limits(lines: list[str]) -> None:
    composed = compose(with_lines(*lines))
    errors = Draft202012Validator(BLOCKS).iter_errors(composed["blocks"])
    assert [error.message for error in errors] == []
    whole = json.dumps(composed["blocks"], ensure_ascii=False)
    assert len(whole) <= MAX_ALL_BLOCKS
    refuse_control_sequences(composed)


def test_what_does_not_fit_is_said_to_be_missing() -> None:
    found = sections(compose(with_lines(*["x" * 1000] * 30)))
    assert found[-1].endswith("…")
    assert all(len(piece) <= MAX_SECTION for piece in found)


def test_a_line_of_escapes_is_broken_between_them() -> None:
    found = sections(compose(with_lines("&" * 1000)))
    assert len(found) == 2
    assert "".join(html.unescape(piece) for piece in found) == "&" * 1000


def test_nobody_is_mentioned_by_data() -> None:
    composed = json.dumps(compose(message("slack:#feeds", text=HOSTILE)))
    assert "<!channel>" not in composed
    assert "&lt;!channel&gt;" in composed
    assert '"parse": "none"' in composed
    assert '"link_names": false' in composed


@pytest.mark.parametrize("text", ["", "plain", "<@U1>", "a & b", "&amp;", "“<>”"])
def test_escapes_are_undone_by_reading(text: str) -> None:
    assert html.unescape(escape(text)) == text


@pytest.mark.parametrize("ref", [None, "", "INC-7", "a:b", "a:b:c:d"])
def test_a_foreign_name_is_no_message_of_ours(ref: str | None) -> None:
    assert Posted.read(ref) is None


def test_a_workspace_is_read() -> None:
    read = read_workspace(
        node({"token": "${T}", "webhooks": {"ops": "${W}"}, "url": "https://x/api/"})
    )
    assert read == Workspace(
        token="${T}",  # noqa: S106 - a reference
        webhooks={"ops": "${W}"},
        url="https://x/api",
    )


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ({}, "needs token, webhooks, or both"),
        ({"token": "xoxb-canary-1"}, "must not stand in the ownership file"),
        ({"webhooks": {"a": "https://hooks.slack.com/canary"}}, "must not stand"),
        ({"tokens": "${A}"}, 'unknown key "tokens"'),
        ({"token": {}}, "expected"),
    ],
)
def test_a_bad_workspace_is_refused_at_its_place(value: object, why: str) -> None:
    with pytest.raises(BadFacet, match=why) as refused:
        read_workspace(node(value))
    assert "modelowners.yaml:9:3" in str(refused.value)
    assert "canary" not in str(refused.value)


@pytest.mark.parametrize("target", ["#feeds", ""])
def test_without_a_token_only_webhooks_are_served(target: str) -> None:
    sink = Slack(Workspace(webhooks={"ops": "${W}"}), Outside())
    with pytest.raises(NotSent, match="there are: ops") as refused:
        sink.send(message(f"slack:{target}"))
    assert refused.value.hope is Hope.NONE


def test_a_secret_that_is_not_set_is_named() -> None:
    sink = Slack(Workspace(token="${SLACK}"), Outside())  # noqa: S106 - a reference
    with pytest.raises(NotSent, match=r"\$\{SLACK\}") as refused:
        sink.send(message("slack:#feeds"))
    assert refused.value.hope is Hope.NONE


def test_the_file_sets_it_up(tmp_path_factory: pytest.TempPathFactory) -> None:
    text = """\
version: 1
people:
  ana: {email: ana@acme.example}
teams:
  risk: {lead: ana, members: [ana], notify: ["slack:#risk"]}
owns:
  model:eta: {owner: risk}
"""
    folder = tmp_path_factory.mktemp("slack")
    assert notifier(read_catalog(folder, text), Outside()) is None
    text += "connectors:\n  slack: {token: '${SLACK_BOT_TOKEN}'}\n"
    assert isinstance(notifier(read_catalog(folder, text), Outside()), Slack)
