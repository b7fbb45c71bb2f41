"""The outbox: claims, waits, and which failure means what."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from incident_worlds import NOON
from sink_worlds import message

from modelowners.incidents.notices import Address
from modelowners.incidents.outbox import (
    FIRST_WAIT,
    LEASE,
    LONGEST_WAIT,
    Delivery,
    DeliveryState,
    accepted,
    backoff,
    claim,
    claimable,
    failed,
)
from modelowners.incidents.ports import Hope, NotSent, Receipt

ADDRESS = Address("email", "cy@acme.example")
PENDING = Delivery(
    event="INC-7.5",
    address=ADDRESS,
    notice=message("email:cy@acme.example").notice,
    due_at=NOON,
)
LEASED = claim(PENDING, NOON)


def test_what_is_due_may_be_claimed() -> None:
    assert claimable(PENDING, NOON)
    assert not claimable(PENDING, NOON - timedelta(microseconds=1))


def test_a_lease_keeps_others_away_until_it_ends() -> None:
    assert not claimable(LEASED, NOON + LEASE - timedelta(microseconds=1))
    assert claimable(LEASED, NOON + LEASE)


def test_a_lost_claimer_may_have_sent_it() -> None:
    assert not LEASED.repeat
    assert claim(LEASED, NOON + LEASE).repeat


def test_acceptance_ends_it() -> None:
    done = accepted(LEASED, Receipt("<id>"))
    assert (done.state, done.ref, done.attempts) == (DeliveryState.ACCEPTED, "<id>", 1)
    assert not claimable(done, NOON + timedelta(days=400))


@pytest.mark.parametrize(
    ("hope", "last", "state", "repeat"),
    [
        (Hope.RETRY, False, DeliveryState.PENDING, False),
        (Hope.UNSURE, False, DeliveryState.PENDING, True),
        (Hope.NONE, False, DeliveryState.DEAD, False),
        (Hope.NONE, True, DeliveryState.PENDING, False),
    ],
)
def test_what_follows_a_failure(
    hope: Hope, last: bool, state: DeliveryState, repeat: bool
) -> None:
    error = NotSent(ADDRESS, "no", hope=hope)
    after = failed(LEASED, error, at=NOON, last=last)
    assert (after.state, after.repeat, after.reason) == (state, repeat, "no")
    assert after.leased_until is None


def test_a_sink_that_asks_to_wait_is_heeded() -> None:
    error = NotSent(ADDRESS, "slow down", after=timedelta(minutes=20))
    assert failed(LEASED, error, at=NOON, last=False).due_at >= NOON + timedelta(
        minutes=20
    )


@given(st.text(max_size=20), st.integers(1, 10_000))
def test_waits_are_bounded_and_never_shrink_by_more_than_their_spread(
    key: str, attempts: int
) -> None:
    wait, following = backoff(key, attempts), backoff(key, attempts + 1)
    assert 0.75 * FIRST_WAIT <= wait <= LONGEST_WAIT
    assert following >= 0.75 * wait
    assert wait == backoff(key, attempts)


def test_waits_reach_five_minutes() -> None:
    assert backoff("k", 50) >= 0.75 * LONGEST_WAIT


def test_an_id_is_the_same_for_every_try_and_differs_by_address() -> None:
    again = failed(LEASED, NotSent(ADDRESS, "no"), at=NOON, last=False)
    assert again.message.id == PENDING.message.id
    other = Delivery(
        event="INC-7.5",
        address=Address("email", "di@acme.example"),
        notice=PENDING.notice,
        due_at=NOON,
    )
    assert other.message.id != PENDING.message.id
