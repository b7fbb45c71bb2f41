"""A unit test reaches no network, and no setting of whoever runs it."""

from __future__ import annotations

import os
import socket
import subprocess

import pytest
from hypothesis import settings

# pytest-socket warns before it raises, and here warnings are errors.
REFUSED = pytest.raises(UserWarning, match="A test tried to use")


def test_a_unit_test_opens_no_socket() -> None:
    with REFUSED:
        socket.socket(socket.AF_INET, socket.SOCK_STREAM)


def test_a_unit_test_looks_up_no_name() -> None:
    with REFUSED:
        socket.getaddrinfo("example.org", 443)


def test_settings_of_the_machine_do_not_reach_a_test() -> None:
    ours = {name for name in os.environ if name.startswith("MODELOWNERS_")}
    assert ours <= {"MODELOWNERS_SHARED", "MODELOWNERS_HYPOTHESIS"}


def test_git_knows_nobody() -> None:
    done = subprocess.run(
        ["git", "config", "--global", "user.email"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == ""


def test_examples_are_the_same_on_every_run() -> None:
    if os.environ.get("MODELOWNERS_HYPOTHESIS", "fast") == "fast":
        assert settings().derandomize
        assert settings().database is None
