"""Killed with -9 at any point: nothing accepted is lost, repeats say so."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from incident_worlds import OWNERSHIP

from modelowners.core.ids import IncidentId
from modelowners.incidents.repository import Incidents
from modelowners.store.database import Database

SUPPORT = Path(__file__).parent.parent / "support"
INC = IncidentId("INC-1")

SCRIPT = """
import os, signal, sys
from pathlib import Path
folder, point = Path(sys.argv[1]), sys.argv[2]
sys.path.insert(0, sys.argv[3])
from incident_worlds import NOON, World, cause
from modelowners.app.desk import sole
from modelowners.app.loop import turn
from modelowners.catalog import load
from modelowners.connectors.file import JsonLines
from modelowners.incidents.repository import Incidents
from modelowners.store.database import Database

def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)

class Files(JsonLines):
    def send(self, message):
        if point == "before sending":
            die()
        receipt = super().send(message)
        if point == "after sending":
            die()
        return receipt

class Parts(World):
    @property
    def notifiers(self):
        return {"file": Files(folder)}

(folder / "state").mkdir(exist_ok=True)
with Database.open(folder / "state" / "state.db") as database, sole(folder) as alone:
    assert alone
    world = Parts(load(folder / "modelowners.yaml"), database=database)
    world.make_sick(cause(0.9))
    world.incidents.release()
    if point == "before commit":
        world.incidents.commit = die
    if point == "after commit":
        world.incidents.claim = die
    if point == "between two":
        settled = world.incidents.settle
        def settle(*args, **kwargs):
            settled(*args, **kwargs)
            die()
        world.incidents.settle = settle
    turn(world, as_of=NOON)
"""


def run(folder: Path, point: str) -> int:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(folder), point, str(SUPPORT)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in {0, -signal.SIGKILL}, done.stderr
    return done.returncode


def lines(folder: Path) -> list[dict[str, object]]:
    found = []
    for name in ("risk.jsonl", "feeds.jsonl"):
        place = folder / name
        if place.exists():
            found += [json.loads(line) for line in place.read_text().splitlines()]
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "modelowners.yaml").write_text(OWNERSHIP, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("point", "repeats"),
    [
        ("before commit", 0),
        ("after commit", 0),
        ("before sending", 0),
        ("after sending", 1),
        ("between two", 0),
    ],
)
def test_a_restart_ends_where_an_undisturbed_run_ends(
    folder: Path, point: str, repeats: int
) -> None:
    assert run(folder, point) == -signal.SIGKILL
    assert run(folder, "nowhere") == 0
    seen = lines(folder)
    assert {(one["kind"], one["person"]) for one in seen} == {
        ("note", "ana"),
        ("page", "cy"),
    }
    assert len(seen) - len({one["id"] for one in seen}) == repeats
    doubtful = [one for one in seen if one["repeat"]]
    assert len(doubtful) == (1 if "sending" in point else 0)
    with Database.open(folder / "state" / "state.db") as database:
        incidents = Incidents(database)
        kinds = [event.kind for event in incidents.history(INC)]
        assert kinds.count("incident.opened") == 1
        assert kinds.count("notified") == 2
        assert incidents.waiting() == ()
        assert incidents.rebuild() == ()
        assert incidents.verify().fault is None


def test_killed_again_and_again_it_still_arrives(folder: Path) -> None:
    for _ in range(3):
        run(folder, "before sending")
    assert lines(folder) == []
    run(folder, "nowhere")
    assert len(lines(folder)) == 2


def test_another_run_after_success_sends_nothing(folder: Path) -> None:
    run(folder, "nowhere")
    before = lines(folder)
    run(folder, "nowhere")
    assert lines(folder) == before
