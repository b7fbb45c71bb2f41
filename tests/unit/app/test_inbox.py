"""A post's life in the state: kept, dealt with, forgotten."""

from __future__ import annotations

import pytest
from incident_worlds import NOON

from modelowners.app.inbox import Post, PostState
from modelowners.app.repository import Inbox
from modelowners.core.time import DAY, VirtualClock
from modelowners.store.database import Database


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(NOON)


@pytest.fixture
def inbox(clock: VirtualClock) -> Inbox:
    return Inbox(Database.open(":memory:"), clock)


def test_what_is_kept_is_there_as_it_was_sent(inbox: Inbox) -> None:
    body = bytes(range(256))
    receipt = inbox.keep("alertmanager", body)
    (post,) = inbox.posts()
    assert post == Post(
        int(receipt), "alertmanager", NOON, PostState.WAITING, None, body
    )


def test_posts_come_in_order_and_a_few_at_a_time(inbox: Inbox) -> None:
    receipts = [inbox.keep("a", b"%d" % n) for n in range(5)]
    few = inbox.posts(limit=3)
    rest = inbox.posts(after=few[-1].id, limit=3)
    assert [str(post.id) for post in few] == receipts[:3]
    assert [str(post.id) for post in rest] == receipts[3:]


def test_the_same_body_twice_is_two_posts(inbox: Inbox) -> None:
    assert inbox.keep("a", b"x") != inbox.keep("a", b"x")


def test_what_is_dealt_with_waits_no_more(inbox: Inbox) -> None:
    for _ in range(3):
        inbox.keep("a", b"x")
    first, second, third = inbox.posts()
    inbox.settle([first, third], PostState.DONE)
    assert inbox.posts() == (second,)
    assert [post.id for post in inbox.posts(PostState.DONE)] == [first.id, third.id]


def test_poison_is_kept_with_its_reason_and_never_waits(inbox: Inbox) -> None:
    inbox.keep("a", b"\xff", refused="it is no JSON")
    (post,) = inbox.posts(PostState.REFUSED)
    assert (post.body, post.reason) == (b"\xff", "it is no JSON")
    assert inbox.posts() == ()


def test_only_the_old_and_done_is_forgotten(inbox: Inbox, clock: VirtualClock) -> None:
    for state in (PostState.DONE, PostState.WAITING):
        inbox.keep("a", b"old")
        inbox.settle(inbox.posts(), state)
    clock.advance(DAY)
    inbox.keep("a", b"new")
    assert inbox.forget(PostState.DONE, before=clock.now()) == 1
    assert inbox.forget(PostState.DONE, before=clock.now()) == 0
    assert [post.body for post in inbox.posts()] == [b"old", b"new"]
