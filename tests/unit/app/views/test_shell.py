from __future__ import annotations

import dataclasses

import pytest

from modelowners.app.views.shell import Heartbeat, Shell


def test_a_shell_cannot_be_altered() -> None:
    shell = Shell(
        version="1",
        here="/",
        twin="/fleet",
        section="fleet",
        title="Fleet",
        tone="good",
        acting="",
        people=(),
        heartbeat=Heartbeat(text="well", tone="good"),
    )
    assert shell.refusal == shell.stamp == ""
    assert shell.heartbeat.notes == ()
    with pytest.raises(dataclasses.FrozenInstanceError):
        shell.title = "x"  # type: ignore[misc]  # that is what is tested
