"""Standard Webhooks: the published vector, secrets, and the section of the file."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from incident_worlds import NOON, read_catalog
from jsonschema import Draft202012Validator
from sink_servers import EVENT, NEW_SECRET, OLD_SECRET
from sink_worlds import message

from modelowners.connectors.transport import Outside
from modelowners.connectors.webhook import (
    Endpoint,
    Webhook,
    compose,
    notifier,
    read_endpoints,
    read_key,
    sign,
)
from modelowners.core.errors import BadFacet
from modelowners.core.facets import Node
from modelowners.core.ids import canonical_json
from modelowners.core.time import parse_instant
from modelowners.incidents.ports import Hope, NotSent


def node(value: object) -> Node:
    if isinstance(value, dict):
        return Node({k: node(v) for k, v in value.items()}, "modelowners.yaml", 9, 3)
    if isinstance(value, list):
        return Node([node(one) for one in value], "modelowners.yaml", 9, 3)
    assert isinstance(value, str)
    return Node(value, "modelowners.yaml", 9, 3)


def test_the_published_vector_is_met() -> None:
    """From standard-webhooks/libraries/javascript/src/webhook.test.ts."""
    signature = sign(
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        b'{"test": 2432232314}',
        at=parse_instant("2021-02-25T15:02:10Z"),
        keys=[read_key("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")],
    )
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@given(st.binary(max_size=200), st.integers(0, 199), st.integers(1, 255))
def test_a_changed_byte_changes_the_signature(body: bytes, place: int, by: int) -> None:
    body = body or b"{}"
    changed = bytearray(body)
    changed[place % len(body)] ^= by
    keys = [read_key(NEW_SECRET)]
    signed = {sign("m", one, at=NOON, keys=keys) for one in (body, bytes(changed))}
    assert len(signed) == 2


def test_two_secrets_make_two_signatures() -> None:
    keys = [read_key(secret) for secret in (NEW_SECRET, OLD_SECRET)]
    one, two = sign("m", b"{}", at=NOON, keys=keys).split(" ")
    assert one != two
    assert one == sign("m", b"{}", at=NOON, keys=keys[:1])


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "whsec_",
        "whsec_canary",
        "whsec_" + base64.b64encode(b"canary").decode(),
        "whsec_" + base64.b64encode(b"c" * 65).decode(),
        "canary with spaces in it and signs !!!!!!!!!!",
        "whsec_" + "é" * 40,
    ],
)
def test_what_is_no_secret_is_refused_without_being_repeated(secret: str) -> None:
    with pytest.raises(ValueError, match="24 to 64 bytes") as refused:
        read_key(secret)
    assert "canary" not in str(refused.value)


@given(st.text())
def test_any_message_is_an_event_and_reads_back(text: str) -> None:
    sent = message("webhook:ops", text=text)
    event = json.loads(canonical_json(compose(sent)))
    errors = Draft202012Validator(EVENT).iter_errors(event)
    assert [error.message for error in errors] == []
    assert event["data"]["lines"] == list(sent.notice.lines)
    assert event["type"] == "incident.page"


def test_endpoints_are_read() -> None:
    read = read_endpoints(
        node(
            {
                "ops": {"url": "https://ops.example/hook", "secret": "${A}"},
                "bi": {"url": "${URL}", "secret": ["${NEW}", "file:old"]},
            }
        )
    )
    assert read == {
        "ops": Endpoint(url="https://ops.example/hook", secrets=("${A}",)),
        "bi": Endpoint(url="${URL}", secrets=("${NEW}", "file:old")),
    }


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ({"url": "https://x"}, "a webhook needs secret"),
        ({"secret": "${A}"}, "a webhook needs url"),
        ({"url": "https://x", "secret": []}, "one secret, or two"),
        (
            {"url": "https://x", "secret": ["${A}", "${B}", "${C}"]},
            "one secret, or two",
        ),
        ({"url": "https://x", "secret": NEW_SECRET}, "must not stand"),
        ({"url": "https://x", "secret": "${A}", "key": "x"}, 'unknown key "key"'),
    ],
)
def test_a_bad_endpoint_is_refused_at_its_place(value: object, why: str) -> None:
    with pytest.raises(BadFacet, match=why) as refused:
        read_endpoints(node({"ops": value}))
    assert "modelowners.yaml:9:3" in str(refused.value)
    assert NEW_SECRET not in str(refused.value)


def test_an_unknown_endpoint_and_a_missing_secret_are_told() -> None:
    endpoint = Endpoint(url="https://x.example", secrets=("${A}",))
    sink = Webhook({"ops": endpoint}, Outside())
    with pytest.raises(NotSent, match="there are: ops") as unknown:
        sink.send(message("webhook:bi"))
    with pytest.raises(NotSent, match=r"\$\{A\}") as missing:
        sink.send(message("webhook:ops"))
    assert {unknown.value.hope, missing.value.hope} == {Hope.NONE}


def test_the_file_sets_it_up(tmp_path_factory: pytest.TempPathFactory) -> None:
    text = """\
version: 1
people:
  ana: {email: ana@acme.example}
teams:
  risk: {lead: ana, members: [ana], notify: ["webhook:ops"]}
owns:
  model:eta: {owner: risk}
"""
    folder = tmp_path_factory.mktemp("webhook")
    assert notifier(read_catalog(folder, text), Outside()) is None
    text += "connectors:\n  webhook: {ops: {url: 'https://x', secret: '${A}'}}\n"
    assert isinstance(notifier(read_catalog(folder, text), Outside()), Webhook)
