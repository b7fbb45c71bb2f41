"""What PagerDuty is sent, and how its section of the file is read."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from incident_worlds import read_catalog
from jsonschema import Draft202012Validator
from sink_servers import ALERT_EVENT, CHANGE_EVENT, ROUTING_KEY
from sink_worlds import message

from modelowners.connectors.pagerduty import (
    ACTIONS,
    CHANGE,
    EVENTS,
    Account,
    PagerDuty,
    compose,
    compose_change,
    is_quiet,
    notifier,
    read_account,
)
from modelowners.connectors.transport import Outside
from modelowners.core.errors import BadFacet
from modelowners.core.facets import Node
from modelowners.incidents.incident import State
from modelowners.incidents.notices import Message, NoticeKind, cleaned
from modelowners.incidents.ports import Hope, NotSent


def node(value: object) -> Node:
    if isinstance(value, dict):
        return Node({k: node(v) for k, v in value.items()}, "modelowners.yaml", 9, 3)
    assert isinstance(value, str)
    return Node(value, "modelowners.yaml", 9, 3)


def told(
    kind: NoticeKind = NoticeKind.PAGE,
    state: State = State.OPEN,
    *,
    earlier: str | None = None,
    text: str = "temp changed its unit",
) -> Message:
    found = message("pagerduty:feeds", text=text)
    notice = cleaned(replace(found.notice, kind=kind, state=state))
    return replace(found, notice=notice, earlier=earlier)


def test_every_state_has_its_action() -> None:
    assert ACTIONS.keys() == set(State)


@pytest.mark.parametrize("state", State)
def test_whoever_is_paged_is_paged_in_every_state(state: State) -> None:
    assert compose(told(state=state))["event_action"] == "trigger"


@pytest.mark.parametrize(
    ("kind", "state", "earlier", "quiet"),
    [
        (NoticeKind.PAGE, State.OPEN, None, False),
        (NoticeKind.PAGE, State.OPEN, CHANGE, False),
        (NoticeKind.PAGE, State.OPEN, "INC-7", False),
        (NoticeKind.NOTE, State.OPEN, None, True),
        (NoticeKind.NOTE, State.RESOLVED, None, True),
        (NoticeKind.NOTE, State.RESOLVED, CHANGE, True),
        (NoticeKind.NOTE, State.OPEN, "INC-7", True),
        (NoticeKind.NOTE, State.ACKNOWLEDGED, "INC-7", False),
        (NoticeKind.NOTE, State.RESOLVED, "INC-7", False),
    ],
)
def test_a_note_is_quiet_unless_it_answers_an_alert_that_is_there(
    kind: NoticeKind, state: State, earlier: str | None, quiet: bool
) -> None:
    assert is_quiet(told(kind, state, earlier=earlier)) is quiet


def test_a_later_word_carries_no_payload() -> None:
    found = compose(told(NoticeKind.NOTE, State.RESOLVED, earlier="INC-7"))
    assert found == {"event_action": "resolve", "dedup_key": "INC-7"}


@given(st.text(), st.sampled_from(NoticeKind), st.sampled_from(State))
def test_any_message_fits_the_schema_and_reads_back(
    text: str, kind: NoticeKind, state: State
) -> None:
    sent = told(kind, state, text=text)
    quiet = is_quiet(sent)
    event = compose_change(sent) if quiet else compose(sent)
    whole = json.loads(json.dumps({"routing_key": ROUTING_KEY, **event}))
    schema = CHANGE_EVENT if quiet else ALERT_EVENT
    errors = Draft202012Validator(schema).iter_errors(whole)
    assert [error.message for error in errors] == []
    if "payload" in whole:
        assert whole["payload"]["summary"] == sent.notice.title
        assert whole["payload"]["custom_details"]["lines"] == list(sent.notice.lines)


def test_an_account_is_read() -> None:
    read = read_account(node({"services": {"feeds": "${KEY}"}}))
    assert read == Account(services={"feeds": "${KEY}"}, url=EVENTS)
    eu = {"services": {"a": "file:key"}, "url": "https://events.eu.pagerduty.com/"}
    assert read_account(node(eu)).url == "https://events.eu.pagerduty.com"


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ({}, "needs services"),
        ({"services": {}}, "needs services"),
        ({"services": {"feeds": "canary0canary0canary0canary0cana"}}, "must not stand"),
        ({"key": "${A}"}, 'unknown key "key"'),
    ],
)
def test_a_bad_account_is_refused_at_its_place(value: object, why: str) -> None:
    with pytest.raises(BadFacet, match=why) as refused:
        read_account(node(value))
    assert "modelowners.yaml:9:3" in str(refused.value)
    assert "canary" not in str(refused.value)


def test_an_unknown_service_and_a_missing_key_are_told() -> None:
    sink = PagerDuty(Account(services={"ops": "${KEY}"}), Outside())
    with pytest.raises(NotSent, match="there are: ops") as unknown:
        sink.send(message("pagerduty:feeds"))
    with pytest.raises(NotSent, match=r"\$\{KEY\}") as missing:
        sink.send(message("pagerduty:ops"))
    assert {unknown.value.hope, missing.value.hope} == {Hope.NONE}


def test_the_file_sets_it_up(tmp_path_factory: pytest.TempPathFactory) -> None:
    text = """\
version: 1
people:
  ana: {email: ana@acme.example}
teams:
  risk: {lead: ana, members: [ana], notify: ["pagerduty:risk"]}
owns:
  model:eta: {owner: risk}
"""
    folder = tmp_path_factory.mktemp("pagerduty")
    assert notifier(read_catalog(folder, text), Outside()) is None
    text += "connectors:\n  pagerduty: {services: {risk: '${PAGERDUTY_RISK}'}}\n"
    assert isinstance(notifier(read_catalog(folder, text), Outside()), PagerDuty)
