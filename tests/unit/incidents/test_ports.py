"""Ports: the one error a sink may raise."""

from __future__ import annotations

import pickle
from datetime import timedelta

import pytest

from modelowners.incidents.notices import Address
from modelowners.incidents.ports import Hope, NotSent, Receipt

ADDRESS = Address("email", "cy@acme.example")


def test_the_message_names_address_and_reason() -> None:
    text = str(NotSent(ADDRESS, "550 no such user", hope=Hope.NONE))
    assert text.startswith("email:cy@acme.example did not take a message: 550")


@pytest.mark.parametrize("hope", list(Hope))
def test_it_crosses_processes_whole(hope: Hope) -> None:
    error = NotSent(ADDRESS, "no", hope=hope, after=timedelta(seconds=3))
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert (copy.hope, copy.after, copy.why) == (hope, timedelta(seconds=3), "no")
    assert str(copy) == str(error)


def test_trying_again_is_the_default() -> None:
    assert NotSent(ADDRESS, "no").hope is Hope.RETRY
    assert Receipt().ref is None
