"""The tutorial, played whole: a real MLflow server and a real model server."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from mlflow_worlds import ABSENT, ENVIRONMENT, is_installed

TUTORIAL = Path(__file__).parents[2] / "docs" / "tutorials" / "rollback"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not is_installed(), reason=ABSENT),
]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("tutorial") / "world"
    done = subprocess.run(
        [
            *(sys.executable, str(TUTORIAL / "tutorial.py")),
            *("--mlflow", str(ENVIRONMENT), "--folder", str(folder)),
        ],
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return folder, done.stdout


def document(folder: Path, *arguments: str) -> Mapping[str, object]:
    """Ask for JSON, after the story."""
    done = subprocess.run(
        [sys.executable, "-m", "modelowners", *arguments, "--json"],
        cwd=folder,
        env={**os.environ, "MODELOWNERS_NOW": "2100-01-01"},
        capture_output=True,
        text=True,
        check=True,
    )
    found: Mapping[str, object] = json.loads(done.stdout)
    return found


def test_the_story_tells_every_link_of_the_chain(played: tuple[Path, str]) -> None:
    _, said = played
    for text in (
        "all well, nothing is open",
        "champion: version 1 -> 2",
        "opened INC-1",
        "the newer version of churn",
        "with ana (crm)",
        "move mlflow:churn@champion from version 2 to 1",
        "gate metric log_loss: open",
        "eve may not act on model:churn",
        "FIX-1 alias set",
        "serving unverified: 0 % of 200 new rows carry it",
        "FIX-2 ran: run reload",
        "FIX-1 serving confirmed",
        "FIX-1 recovered",
        "INC-1 is resolved",
    ):
        assert text in said, text


def test_nothing_is_claimed_before_the_server_was_reloaded(
    played: tuple[Path, str],
) -> None:
    _, said = played
    before, _, after = said.partition("FIX-2 ran")
    assert "serving confirmed" not in before
    assert "recovered" not in before
    assert "serving confirmed" in after
    assert after.index("serving confirmed") < after.index("FIX-1 recovered")


def test_the_report_shows_every_interval(played: tuple[Path, str]) -> None:
    _, said = played
    report = said[said.index("DEBUG SPEED") :]
    for step in (
        *("began", "detected", "notified", "acked", "cause confirmed"),
        *("approval granted", "fix started", "fix finished"),
        *("mitigated", "verified", "resolved"),
    ):
        assert re.search(rf"^\s+{step}\s+\S", report, re.MULTILINE), step


def test_the_incident_s_times_are_in_order(played: tuple[Path, str]) -> None:
    folder, _ = played
    found = document(folder, "incident", "show", "INC-1")
    times = found["times"]
    assert isinstance(times, dict)
    order = [
        str(times[name])
        for name in (
            *("detected", "acked", "cause_confirmed", "approval_granted"),
            *("fix_started", "fix_finished", "mitigated", "verified", "resolved"),
        )
    ]
    assert order == sorted(order)
    assert found["close_reason"] == "fixed"
    assert found["confirmed"] == {
        "asset": "model:churn",
        "category": "model",
        "kind": "bad_retrain",
    }


def test_both_servers_are_gone(played: tuple[Path, str]) -> None:
    folder, _ = played
    assert not (folder / "serving.pid").exists()
    commands = [
        place.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        for place in Path("/proc").glob("[0-9]*/cmdline")
        if place.parent.name != str(os.getpid()) and place.exists()
    ]
    assert not [one for one in commands if f"{folder}/mlflow" in one]
