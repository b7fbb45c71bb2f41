"""Killed with -9 at each step of a fix, and two owners as two processes."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from fix_worlds import INC, START, FileRegistry, Workshop, kinds

from modelowners.core.time import VirtualClock
from modelowners.remediation import settle
from modelowners.remediation.fixes import Reason, State, StepKind
from modelowners.store.database import Database

SUPPORT = Path(__file__).parent.parent / "support"
LATER = START + timedelta(hours=2)
"""By then the lock of whoever died is anybody's."""

SCRIPT = """
import os, signal, sys
from pathlib import Path
folder, point, person = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
place = sys.argv[5]
sys.path.insert(0, sys.argv[4])
from fix_worlds import BACK_AND_RELOAD, FileRegistry, Recorder, Workshop, order
from modelowners.core.errors import InputError
from modelowners.remediation import apply
from modelowners.store.database import Database

def die():
    os.kill(os.getpid(), signal.SIGKILL)

class Fragile(FileRegistry):
    reads = 0
    def alias(self, model, alias):
        self.reads += 1
        if point == f"read {self.reads}":
            die()
        return super().alias(model, alias)
    def set_alias(self, model, alias, version):
        if point == "before set":
            die()
        super().set_alias(model, alias, version)
        if point == "after set":
            die()
    def tag(self, model, version, tags):
        super().tag(model, version, tags)
        if point == "after tag":
            die()

class Deadly(Recorder):
    def run(self, command):
        if point == "in hook":
            die()
        return super().run(command)

with Database.open(sys.argv[5]) as database:
    shop = Workshop(Fragile(folder / "registry.json"), Deadly(), database=database)
    if point == "race":
        (folder / person).touch()
        while len([p for p in folder.iterdir() if p.name in ("ana", "ben")]) < 2:
            pass
    try:
        fix = apply(order(BACK_AND_RELOAD, person=person), tools=shop.tools)
        print("state", fix.state.value)
    except InputError as refusal:
        print("refused", refusal)
"""


def start(
    folder: Path, place: str, point: str, person: str = "ana"
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(folder), point, person, str(SUPPORT), place],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def folder(tmp_path: Path, place: str) -> Path:
    FileRegistry(tmp_path / "registry.json").write({"churn@champion": "2"})
    Database.open(place).close()
    return tmp_path


@pytest.mark.parametrize(
    ("point", "state", "steps"),
    [
        ("read 1", None, 0),
        ("before set", State.FAILED, 1),
        ("after set", State.ALIAS_SET, 1),
        ("read 2", State.ALIAS_SET, 1),
        ("read 3", State.ALIAS_SET, 1),
        ("after tag", State.ALIAS_SET, 2),
        ("in hook", State.ALIAS_SET, 4),
    ],
)
def test_a_kill_at_each_step_is_settled(
    point: str, state: State | None, steps: int, folder: Path, place: str
) -> None:
    process = start(folder, place, point)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    registry = FileRegistry(folder / "registry.json")
    with Database.open(place) as database:
        shop = Workshop(registry, clock=VirtualClock(LATER), database=database)
        left = shop.fixes.of(INC)
        assert [fix.n for fix in left] == ([steps] if steps else [])
        for fix in left:
            ended = settle(fix, tools=shop.tools, actor="system:loop")
            assert ended.state is state
            assert settle(ended, tools=shop.tools, actor="system:loop") == ended
            if state is State.FAILED:
                assert ended.reason == Reason.NOT_MADE
                assert registry.read()["churn@champion"] == "2"
            else:
                assert registry.read()["churn@champion"] == "1"
                assert ended.last(StepKind.TAGGED) is not None
                assert kinds(ended)[-1] == StepKind.COMMAND_FINISHED
        assert shop.fixes.verify().fault is None


@pytest.mark.parametrize("trial", range(3))
def test_of_two_processes_one_wins_and_the_other_is_told(
    trial: int, folder: Path, place: str
) -> None:
    processes = [start(folder, place, "race", person) for person in ("ana", "ben")]
    said = [process.communicate(timeout=60) for process in processes]
    out = sorted(stdout.strip() for stdout, _ in said)
    assert all(process.returncode == 0 for process in processes), said
    assert out[1] == "state alias_set", said
    assert out[0].startswith("refused"), said
    assert "nothing was done" in out[0]
    with Database.open(place) as database:
        fixes = Workshop(database=database).fixes
        (fix,) = fixes.of(INC)
        assert fix.state is State.ALIAS_SET
    told = json.loads((folder / "registry.json").read_text())
    assert told["sets"] == 1
