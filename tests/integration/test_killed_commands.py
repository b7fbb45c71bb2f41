"""Whole commands killed with -9 at random moments: run again, they end the same."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from parcel_worlds import DAYS, MIDNIGHT, OWNERSHIP, write_log

from modelowners.core.time import DAY, format_instant

pytestmark = pytest.mark.slow

KILLS = 5
KNOWN = format_instant(MIDNIGHT + DAYS * DAY)
SINK = "told.jsonl"


class Desk:
    """A folder with a broken model, and a state somewhere."""

    def __init__(self, folder: Path, state: str) -> None:
        self.folder = folder
        self.state = state
        folder.mkdir()
        lead = "forecasters: {lead: ines, members: [ines]"
        text = OWNERSHIP.replace(lead, f'{lead}, notify: ["file:{SINK}"]')
        assert text != OWNERSHIP
        (folder / "modelowners.yaml").write_text(text, encoding="utf-8")
        write_log(folder / "log.parquet", broken=True)
        self.run(
            *("--as", "ines", "record", "config", "dataset:weather"),
            *("--what", "Report temp in Fahrenheit", "--at", "2026-02-22T13:00Z"),
            *("--key", "1"),
        )

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command."""
        command = [sys.executable, "-m", "modelowners", "--state", self.state]
        return subprocess.Popen(
            [*command, *arguments],
            cwd=self.folder,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str) -> str:
        """Run a command to its end, and give what it says."""
        process = self.start(*arguments)
        out, err = process.communicate()
        assert process.returncode in {0, 1}, err
        return out

    def kill(self, *arguments: str, after: float) -> bool:
        """Run a command, and kill it after some seconds; False where it had ended."""
        process = self.start(*arguments)
        try:
            process.communicate(timeout=after)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            assert process.returncode == -signal.SIGKILL
            return True
        return False

    def told(self) -> list[dict[str, object]]:
        """Give what the sink took."""
        place = self.folder / SINK
        lines = place.read_text("utf-8").splitlines() if place.exists() else []
        return [json.loads(line) for line in lines]

    def is_sound(self) -> bool:
        """Tell whether no chain is broken."""
        return bool(json.loads(self.run("audit", "verify", "--json"))["sound"])

    def record(self) -> list[tuple[str, str]]:
        """Give what the incident's record says, without when it was written."""
        shown = json.loads(self.run("incident", "show", "INC-1", "--json"))
        return [(event["kind"], event["actor"]) for event in shown["events"]]


def moments(longest: float, seed: int) -> list[float]:
    """Draw when to kill: seconds, from the first moment to the last."""
    rng = random.Random(seed)  # noqa: S311 - a drawn moment is no secret
    return sorted(rng.uniform(0.05, longest) for _ in range(KILLS))


def timed(desk: Desk, command: Sequence[str]) -> tuple[str, float]:
    """Run a command, and tell how many seconds it took."""
    began = time.monotonic()
    return desk.run(*command), time.monotonic() - began


DEBUG = ("debug", "model:late", "--as-of", KNOWN, "--json")
WATCH = ("watch", "--once", "--as-of", KNOWN, "--json")


def test_debug_killed_says_the_same_when_asked_again(
    place: str, tmp_path: Path
) -> None:
    whole = Desk(tmp_path / "whole", str(tmp_path / "elsewhere"))
    expected, longest = timed(whole, DEBUG)
    assert "unit_or_scale_change" in expected
    desk = Desk(tmp_path / "desk", state_of(place))
    killed = [desk.kill(*DEBUG, after=after) for after in moments(longest, 1)]
    assert any(killed)
    assert desk.run(*DEBUG) == expected
    assert desk.is_sound()


def test_watch_killed_ends_where_an_undisturbed_one_ends(
    place: str, tmp_path: Path
) -> None:
    whole = Desk(tmp_path / "whole", str(tmp_path / "elsewhere"))
    _, longest = timed(whole, WATCH)
    settled = whole.run(*WATCH)  # looked at again, when all is told
    assert whole.told()
    desk = Desk(tmp_path / "desk", state_of(place))
    killed = [desk.kill(*WATCH, after=after) for after in moments(longest, 2)]
    assert any(killed)
    desk.run(*WATCH)
    assert desk.run(*WATCH) == settled
    assert desk.record() == whole.record()
    assert ("notified", "system:loop") in desk.record()
    assert desk.is_sound()
    told, expected = desk.told(), whole.told()
    assert {one["id"] for one in told} == {one["id"] for one in expected}
    extra = len(told) - len(expected)
    assert extra <= sum(bool(one["repeat"]) for one in told)


def state_of(place: str) -> str:
    """Name a state as --state wants it: the folder of a file, or an address."""
    return place if "://" in place else str(Path(place).parent / "state")
