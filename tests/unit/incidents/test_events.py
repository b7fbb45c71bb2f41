"""Events: the whole vocabulary, keys that keep replays out."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from incident_worlds import NOON

from modelowners.core.ids import IncidentId
from modelowners.incidents.events import LOOP, Draft, EventKind, person_actor

SPECIFIED = [
    "incident.opened",
    "signal.attached",
    "signal.cleared",
    "onset.estimated",
    "route.decided",
    "notified",
    "notify.failed",
    "seen",
    "escalated",
    "plan.exhausted",
    "acked",
    "assigned",
    "noted",
    "severity.changed",
    "cause.proposed",
    "cause.confirmed",
    "cause.rejected",
    "approval.requested",
    "approval.granted",
    "approval.refused",
    "fix.planned",
    "fix.started",
    "fix.finished",
    "fix.failed",
    "breakglass.used",
    "mitigated",
    "verified",
    "resolved",
    "reopened",
    "closed",
    "merged",
    "unmerged",
    "dismissed",
    "absorbed",
    "released",
    "snoozed",
]


def test_the_vocabulary_is_whole_from_the_first_release() -> None:
    assert [kind.value for kind in EventKind] == SPECIFIED


def test_a_key_that_is_given_is_kept() -> None:
    assert Draft(kind="noted", occurred_at=NOON, key="k").idempotency_key == "k"


bodies = st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5))


@given(bodies, bodies)
def test_keys_are_equal_exactly_where_content_is(
    one: dict[str, object], two: dict[str, object]
) -> None:
    first, second = (
        Draft(kind="noted", occurred_at=NOON, body=body).idempotency_key
        for body in (one, two)
    )
    assert (first == second) == (one == two)


@pytest.mark.parametrize(
    "other",
    [
        Draft(kind="acked", occurred_at=NOON),
        Draft(kind="noted", occurred_at=NOON + timedelta(microseconds=1)),
        Draft(kind="noted", occurred_at=NOON, actor=person_actor("ana")),
    ],
)
def test_kind_time_and_actor_are_in_the_key(other: Draft) -> None:
    assert (
        other.idempotency_key != Draft(kind="noted", occurred_at=NOON).idempotency_key
    )


def test_a_recorded_event_knows_who_did_it() -> None:
    draft = Draft(kind="acked", occurred_at=NOON, actor=person_actor("ana:b"))
    event = draft.recorded(IncidentId("INC-3"), n=4, at=NOON)
    assert event.id == "INC-3.4"
    assert event.person == "ana:b"
    automatic = Draft(kind="acked", occurred_at=NOON, actor=LOOP)
    assert automatic.recorded(IncidentId("INC-3"), n=5, at=NOON).person is None


def test_a_body_is_kept_as_json_gives_it_back() -> None:
    draft = Draft(
        kind="noted", occurred_at=NOON, body={"a": (1, 2), "k": EventKind.SEEN}
    )
    event = draft.recorded(IncidentId("INC-3"), n=1, at=NOON)
    assert event.body == {"a": [1, 2], "k": "seen"}
    assert type(event.body["k"]) is str
