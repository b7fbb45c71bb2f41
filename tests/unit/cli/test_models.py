from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from modelowners.app import card as cards
from modelowners.app.card import Card, Claim
from modelowners.app.investigation import Investigation
from modelowners.cli.main import main
from modelowners.core.ids import asset_id
from modelowners.core.time import parse_instant

FILE = """\
version: 1
people:
  ana: {email: ana@example.org}
teams:
  risk-ml: {lead: ana}
owns:
  "model:late-arrival": {owner: risk-ml}
  "dataset:weather": {owner: risk-ml}
"""

Run = Callable[..., tuple[int | str | None, str, str]]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command on a small ownership file: exit status, stdout, stderr."""
    file = tmp_path / "modelowners.yaml"
    file.write_text(FILE, encoding="utf-8")

    def go(*args: str) -> tuple[int | str | None, str, str]:
        with pytest.raises(SystemExit) as caught:
            main(["--file", str(file), *args])
        return (caught.value.code, *capsys.readouterr())

    return go


def test_a_card_of_a_model_without_log_is_honest_and_exits_0(run: Run) -> None:
    status, out, err = run("card", "late-arrival", "--as-of", "2026-10-20")
    assert (status, err) == (0, "")
    assert out.startswith("late-arrival on 20 Oct 2026\naccountable  ana of risk-ml")
    assert "Not looked at\n  · log: " in out


def test_a_card_is_json_too(run: Run) -> None:
    status, out, err = run("card", "late-arrival", "--as-of", "2026-10-20", "--json")
    assert (status, err) == (0, "")
    found = json.loads(out)
    assert found["at"] == "2026-10-20T00:00:00Z"
    assert found["owner"]["accountable"]["person"] == "ana"
    assert found["served"] is None


def test_a_broken_claim_exits_1(
    run: Run, monkeypatch: pytest.MonkeyPatch, late_arrival: Investigation
) -> None:
    model = asset_id("model:late-arrival")
    broken = Card(
        model=model,
        at=parse_instant("2026-10-20"),
        ownership=late_arrival.ownership[model],
        claims=(
            Claim(
                name="ids",
                kind="unique",
                verdict="fail",
                expected="prediction_id unique",
                found="3 doubles",
            ),
        ),
    )
    monkeypatch.setattr(cards, "draw_up", lambda *_, **__: broken)
    status, out, _ = run("card", "late-arrival")
    assert status == 1
    assert "broken      ids: prediction_id unique; found 3 doubles" in out


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["late-arival"], "did you mean"),
        (["dataset:weather"], "is no model"),
        (["late-arrival", "--as-of", "soon"], "Write an ISO date"),
        ([], "Missing argument"),
    ],
)
def test_bad_input_exits_2(run: Run, args: list[str], said: str) -> None:
    status, out, err = run("card", *args)
    assert (status, out) == (2, "")
    assert said in err
