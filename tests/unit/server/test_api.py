"""Acts through JSON: the same as on the page, with revisions and keys as headers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from page_desks import PageDesk

ACK = "/api/incidents/INC-1/ack"
NOTE = "/api/incidents/INC-1/note"


def test_an_act_answers_with_where_the_incident_stands(desk: PageDesk) -> None:
    answer = desk.client.send(ACK, {"as": "cy"})
    assert answer.status == 200
    told = answer.json()
    assert told["state"] == "acknowledged"
    assert told["holder"] == {"team": "feeds", "person": "cy"}
    assert "ack" not in told["available"]
    assert answer.headers["etag"] == f'"{told["revision"]}"'


def test_if_match_builds_on_a_revision(desk: PageDesk) -> None:
    incident = desk.world.incidents.get("INC-1")
    stale = desk.client.send(ACK, {"as": "cy"}, if_match='"1"')
    assert (stale.status, "someone was faster" in stale.json()["error"]) == (412, True)
    fresh = desk.client.send(ACK, {"as": "cy"}, if_match=f'"{incident.revision}"')
    assert fresh.status == 200


def test_a_key_makes_a_request_once(desk: PageDesk) -> None:
    body = {"as": "cy", "text": "once"}
    first = desk.client.send(NOTE, body, idempotency_key="k1")
    again = desk.client.send(NOTE, body, idempotency_key="k1")
    other = desk.client.send(NOTE, {**body, "text": "x"}, idempotency_key="k1")
    assert [first.status, again.status, other.status] == [200, 200, 409]
    events = desk.world.incidents.history(desk.world.incidents.get("INC-1").id)
    assert sum(event.kind == "noted" for event in events) == 1


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/api/incidents/INC-9/ack", {"as": "cy"}, 404),
        ("/api/incidents/INC-1/frobnicate", {"as": "cy"}, 400),
        ("/api/incidents/INC-1/not-mine", {"as": "fay", "text": "x"}, 403),
        ("/api/incidents/INC-1/not-mine", {"as": "cy"}, 400),
        ("/api/incidents/INC-1/reopen", {"as": "cy", "text": "x"}, 409),
        ("/api/incidents/INC-1/ack", {"as": "mallory"}, 403),
        ("/api/incidents/INC-1/ack", {}, 403),
    ],
)
def test_refusals_have_a_status_and_a_reason(
    desk: PageDesk, path: str, body: dict[str, str], status: int
) -> None:
    answer = desk.client.send(path, body)
    assert answer.status == status, answer.text
    assert answer.json()["error"]


def test_an_empty_body_is_an_empty_object(desk: PageDesk) -> None:
    headers = {"origin": "http://127.0.0.1:8321", "content-type": "application/json"}
    sent = {**headers, "cookie": "acting=cy"}
    assert desk.client.ask("POST", ACK, headers=sent).status == 200


def test_health_says_whether_all_is_well(desk: PageDesk) -> None:
    answer = desk.client.get("/health")
    assert answer.status == 200
    assert answer.json()["well"] is True
    assert answer.json()["stamp"] == desk.site.stamp
