"""`fix`: what is printed, what is refused, exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

import pytest
from fix_worlds import Recorder, Stubborn
from incident_worlds import MODEL, OWNERSHIP, cause, diagnosis, finding

from modelowners.app.wiring import Program
from modelowners.cli.main import main
from modelowners.detection.checks.results import CheckResult, Verdict
from modelowners.diagnosis.causes import CauseKind
from modelowners.remediation.ports import Outcome
from modelowners.remediation.serving import NEWEST_ROWS

FIX = """\
    fix:
      alias: {registry: mlflow, model: churn, name: champion}
      reload: {command: [./reload, "a b"], timeout: 60s}
  dataset:weather"""
BAD = cause(0.9, team="risk", person="ana", asset=MODEL, kind=CauseKind.BAD_RETRAIN)
PASSED = CheckResult(name="metric log_loss", kind="metric", verdict=Verdict.PASS)
FAILED = CheckResult(
    name="metric log_loss",
    kind="metric",
    verdict=Verdict.FAIL,
    expected="log_loss <= 0.5",
    found="log_loss 0.9",
)
Type = Callable[..., tuple[int, str, str]]


class Engine:
    """Counts versions before the trouble as it is told; since then, none."""

    counted: ClassVar[dict[str, int]] = {"1": 5000, "2": 3}

    def versions(self, *args: object, rows: int, **more: object) -> dict[str, int]:
        return {} if rows == NEWEST_ROWS else dict(self.counted)


@pytest.fixture
def registry() -> Stubborn:
    return Stubborn()


@pytest.fixture
def trigger() -> Recorder:
    return Recorder()


@pytest.fixture
def place(
    tmp_path: Path,
    registry: Stubborn,
    trigger: Recorder,
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    text = OWNERSHIP.replace("  dataset:weather: ", f"{FIX}: ", 1)
    (tmp_path / "modelowners.yaml").write_text(text, encoding="utf-8")
    answer = (diagnosis(BAD), (finding(),))
    monkeypatch.setattr(Program, "diagnose", lambda self, model, *, as_of: answer)
    monkeypatch.setattr(Program, "registries", {"mlflow": registry})
    monkeypatch.setattr(Program, "trigger", trigger)
    monkeypatch.setattr(Program, "engine", Engine())
    monkeypatch.setattr(Program, "wait", lambda self, length: _awaited(length))
    passing = lambda self, model, version: (PASSED,)  # noqa: E731 - a stand-in
    monkeypatch.setattr(Program, "check_candidate", passing)
    return tmp_path


def _awaited(length: timedelta) -> None:
    assert length == timedelta(seconds=10)


@pytest.fixture
def typed(place: Path, capsys: pytest.CaptureFixture[str]) -> Type:
    def run(*arguments: str, user: str = "ana") -> tuple[int, str, str]:
        file = str(place / "modelowners.yaml")
        with pytest.raises(SystemExit) as ended:
            main(["--file", file, "--as", user, *arguments])
        seen = capsys.readouterr()
        assert "Traceback" not in seen.err
        return int(str(ended.value.code)), seen.out, seen.err

    run("watch", "--once")
    return run


def test_a_plan_says_what_which_gates_and_who(typed: Type, registry: Stubborn) -> None:
    code, out, _ = typed("fix", "plan", "INC-1")
    assert code == 0
    assert "move mlflow:churn@champion from version 2 to 1" in out
    assert "gate registry: open" in out
    assert "gate metric log_loss: open" in out
    assert "may apply it: ana, bo" in out
    assert "also declared: reload" in out
    assert out.rstrip().endswith("modelowners fix apply INC-1")
    assert "set_alias" not in registry.calls


def test_a_plan_as_json(typed: Type) -> None:
    code, out, _ = typed("fix", "plan", "INC-1", "--json")
    found = json.loads(out)
    assert code == 0
    assert found["open"] is True
    assert found["action"] == {
        "kind": "alias",
        "registry": "mlflow",
        "model": "churn",
        "alias": "champion",
        "expect": "2",
        "to": "1",
        "hook": None,
    }
    assert [gate["name"] for gate in found["gates"]] == ["registry", "metric log_loss"]
    assert found["who_may"] == ["ana", "bo"]


def test_a_closed_gate_exits_1_and_names_the_check(
    typed: Type, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = lambda self, model, version: (FAILED,)  # noqa: E731 - a stand-in
    monkeypatch.setattr(Program, "check_candidate", failing)
    code, out, _ = typed("fix", "plan", "INC-1")
    assert code == 1
    assert "closed: expected log_loss <= 0.5, found log_loss 0.9" in out
    assert out.rstrip().endswith("modelowners check model:eta --candidate 1")
    code, _, err = typed("fix", "apply", "INC-1", "--break-glass", "please")
    assert code == 2
    assert "modelowners check model:eta --candidate 1" in err


def test_applying_says_that_serving_is_unverified(
    typed: Type, registry: Stubborn, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, _ = typed("fix", "apply", "INC-1")
    assert code == 0
    assert "FIX-1 alias set" in out
    assert "serving unverified: no row was logged since" in out
    assert "reload it" in out
    assert registry.aliases["churn@champion"] == "1"
    code, out, _ = typed("fix", "status", "INC-1", "--json")
    (found,) = json.loads(out)["fixes"]
    assert found["state"] == "alias_set"
    assert found["confirmed"] is False
    assert [step["kind"] for step in found["steps"]] == [
        "requested",
        "alias_set",
        "tagged",
    ]


def test_a_command_is_shown_word_by_word_and_run(
    typed: Type, trigger: Recorder
) -> None:
    code, out, _ = typed("fix", "plan", "INC-1", "--action", "reload")
    assert "reload is './reload' 'a b', at most 60 s" in out
    assert out.rstrip().endswith("fix apply INC-1 --action reload")
    code, out, _ = typed("fix", "apply", "INC-1", "--action", "reload")
    assert (code, len(trigger.ran)) == (0, 1)
    assert "FIX-1 ran: run reload" in out


def test_a_fix_that_failed_exits_1_and_says_why(typed: Type, trigger: Recorder) -> None:
    trigger.outcome = Outcome(code=3, seconds=1.0)
    code, out, _ = typed("fix", "apply", "INC-1", "--action", "reload")
    assert code == 1
    assert "FIX-1 failed (command)" in out
    assert "exit code 3" in out
    assert out.rstrip().endswith("modelowners fix plan INC-1")
    assert typed("fix", "status", "INC-1")[0] == 1


def test_a_stranger_is_refused_with_the_next_command(typed: Type) -> None:
    code, _, err = typed("fix", "apply", "INC-1", user="fay")
    assert code == 2
    assert "fay may not act on model:eta" in err
    assert "modelowners fix apply INC-1 --break-glass REASON" in err


def test_broken_glass_applies_and_is_shown(typed: Type) -> None:
    code, out, _ = typed(
        "fix", "apply", "INC-1", "--break-glass", "nobody answers", user="fay"
    )
    assert code == 0
    assert "breaking the glass: nobody answers" in out


def test_undoing_is_shown_as_a_fix_of_its_own(typed: Type, registry: Stubborn) -> None:
    typed("fix", "apply", "INC-1")
    code, out, _ = typed("fix", "undo", "INC-1")
    assert code == 0
    assert "FIX-2 alias set: move mlflow:churn@champion from version 1 to 2" in out
    assert registry.aliases["churn@champion"] == "2"


def test_without_a_fix_the_status_says_what_to_type(typed: Type) -> None:
    code, out, _ = typed("fix", "status", "INC-1")
    assert code == 0
    assert "no fix was applied" in out
    assert "modelowners fix plan INC-1" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["plan", "INC-9"], 'No incident "INC-9"'),
        (["plan", "INC-1", "--action", "pray"], "it declares: alias, reload"),
        (["plan", "INC-1", "--action", "retrain"], "it declares: alias, reload"),
        (["undo", "INC-1"], "none was applied"),
    ],
)
def test_what_cannot_be_done_is_refused(
    arguments: list[str], said: str, typed: Type
) -> None:
    code, _, err = typed("fix", *arguments)
    assert code == 2
    assert said in err
    assert "modelowners" in err


def test_an_incident_that_is_over_has_nothing_to_mend(typed: Type) -> None:
    typed("incident", "resolve", "INC-1")
    code, _, err = typed("fix", "plan", "INC-1")
    assert code == 2
    assert "INC-1 is resolved: there is nothing to mend" in err
    assert "modelowners incident reopen INC-1" in err


def test_where_the_log_names_no_version_one_can_be_named(
    typed: Type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Engine, "counted", {"(null)": 900})
    code, _, err = typed("fix", "plan", "INC-1")
    assert code == 2
    assert "--to VERSION" in err
    code, out, _ = typed("fix", "plan", "INC-1", "--to", "1")
    assert code == 0
    assert out.rstrip().endswith("modelowners fix apply INC-1 --to 1")


def test_a_foreign_overwrite_shows_in_the_status(
    typed: Type, registry: Stubborn
) -> None:
    typed("fix", "apply", "INC-1")
    registry.aliases["churn@champion"] = "3"
    code, out, _ = typed("fix", "status", "INC-1")
    assert code == 1
    assert "FIX-1 failed (conflict)" in out
    assert "has version 3 now: somebody moved it" in out


def test_text_of_strangers_is_shown_as_text(
    typed: Type, trigger: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    trigger.outcome = Outcome(code=None, why="\x1b[31mred\x07")
    _, out, _ = typed("fix", "apply", "INC-1", "--action", "reload")
    assert "\x1b" not in out
    assert "\x07" not in out
