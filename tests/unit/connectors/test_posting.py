"""What each way a post can end means for the message."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelowners.connectors.posting import MAX_SAID, Postman
from modelowners.connectors.transport import (
    BadAnswer,
    BadUrl,
    NoAnswer,
    Outside,
    PrivateAddress,
    Response,
    Transport,
    TransportError,
    Unreachable,
)
from modelowners.core.secrets import Secrets
from modelowners.incidents.notices import Address
from modelowners.incidents.ports import Hope, NotSent

TO = Address("chat", "ops")
CANARY = "canary-41c7"


class Scripted(Transport):
    """A way out that ends as it is told to, and keeps what went out."""

    def __init__(self, end: Response | TransportError) -> None:
        super().__init__()
        self.end = end
        self.sent: list[tuple[str, Mapping[str, str], object]] = []

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: object = None,
        timeout: float = 10.0,
    ) -> Response:
        self.sent.append((url, headers or {}, body))
        if isinstance(self.end, TransportError):
            raise self.end
        return self.end


def postman(end: Response | TransportError) -> tuple[Postman, Scripted]:
    transport = Scripted(end)
    return Postman(Outside(transport, Secrets({"KEY": CANARY}))), transport


def refusal(end: Response | TransportError) -> NotSent:
    with pytest.raises(NotSent) as refused:
        postman(end)[0].post(TO, "https://chat.example/${KEY}", {})
    return refused.value


def test_references_are_resolved_only_on_the_way_out() -> None:
    man, transport = postman(Response(200))
    headers = {"authorization": "Bearer ${KEY}"}
    man.post(TO, "https://chat.example/${KEY}", {"text": "${KEY}"}, headers=headers)
    ((url, sent, body),) = transport.sent
    assert url == f"https://chat.example/{CANARY}"
    assert sent == {"authorization": f"Bearer {CANARY}"}
    # What is said about an incident is a stranger's text, never a reference.
    assert body == {"text": "${KEY}"}


@pytest.mark.parametrize("status", [200, 202, 204])
def test_success_is_any_2xx(status: int) -> None:
    man, _ = postman(Response(status))
    assert man.post(TO, "https://chat.example", {}).status == status


@given(st.integers(300, 599))
def test_every_status_has_one_consequence(status: int) -> None:
    hope = refusal(Response(status)).hope
    if status == 504:
        assert hope is Hope.UNSURE
    elif status >= 500 or status in {408, 425, 429}:
        assert hope is Hope.RETRY
    else:
        assert hope is Hope.NONE


@pytest.mark.parametrize(
    ("end", "hope"),
    [
        (Unreachable(origin="https://x", why="refused"), Hope.RETRY),
        (NoAnswer(origin="https://x", why="not in time"), Hope.UNSURE),
        (BadAnswer(origin="https://x", why="torn"), Hope.UNSURE),
        (BadUrl(origin="x", why="no host"), Hope.NONE),
        (PrivateAddress(origin="https://x", why="127.0.0.1 is private"), Hope.NONE),
    ],
    ids=lambda value: type(value).__name__,
)
def test_no_answer_has_its_consequence(end: TransportError, hope: Hope) -> None:
    found = refusal(end)
    assert found.hope is hope
    assert end.why in str(found)


def test_the_wait_that_was_asked_for_is_passed_on() -> None:
    asked = refusal(Response(503, {"retry-after": "90"}))
    assert asked.after == timedelta(seconds=90)
    assert refusal(Response(503, {"retry-after": "Wed, 21 Oct 2026"})).after is None


@given(st.text(max_size=600))
def test_what_was_said_is_shown_on_one_short_line(said: str) -> None:
    found = str(refusal(Response(400, body=said.encode("utf-8", "replace"))))
    assert all(sign.isprintable() for sign in found)
    assert len(found) < MAX_SAID + 120


def test_a_secret_that_comes_back_is_masked() -> None:
    found = refusal(Response(400, body=f"bad key {CANARY}".encode()))
    assert CANARY not in str(found)
    assert "bad key ***" in str(found)


def test_no_part_of_a_secret_address_comes_back() -> None:
    hook = "https://hooks.example/services/T0/B0/canary-hook?key=canary-key"
    said = b"no such hook: /services/T0/B0/canary-hook?key=canary-key (canary-hook)"
    transport = Scripted(Response(404, body=said))
    man = Postman(Outside(transport, Secrets({"HOOK": hook})))
    with pytest.raises(NotSent, match="status 404: no such hook") as refused:
        man.post(TO, "${HOOK}", {})
    assert "canary" not in str(refused.value)


def test_a_missing_secret_reaches_nobody_and_is_named() -> None:
    man, transport = postman(Response(200))
    with pytest.raises(NotSent, match=r"\$\{OTHER\}") as missing:
        man.post(TO, "https://chat.example", {}, headers={"a": "${OTHER}"})
    with pytest.raises(NotSent, match=r"\$\{OTHER\}"):
        man.resolved(TO, "${OTHER}")
    assert missing.value.hope is Hope.NONE
    assert transport.sent == []
