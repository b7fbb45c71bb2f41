from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from check_worlds import CheckWorld

from modelowners.cli.main import main

Run = Callable[..., tuple[int | str | None, str, str]]
AS_OF = ("--as-of", "2026-04-11T01:00")


@pytest.fixture
def world(tmp_path: Path) -> CheckWorld:
    found = CheckWorld(tmp_path)
    found.write(
        alter="case when made >= '2026-04-08' then nullif(tenure, 3) else tenure end "
        "as tenure"
    )
    return found


@pytest.fixture
def run(world: CheckWorld, capsys: pytest.CaptureFixture[str]) -> Run:
    """Declare an entry and run `check` on it: exit status, stdout, stderr."""

    def go(entry: str, *args: str) -> tuple[int | str | None, str, str]:
        file = str(world.declare(entry))
        with pytest.raises(SystemExit) as caught:
            main(["--file", file, "check", *args])
        return (caught.value.code, *capsys.readouterr())

    return go


def test_a_failure_closes_the_gate_and_is_told(run: Run) -> None:
    entry = (
        "checks:\n  - {not_null: tenure, why: the model divides by it}\n  - unique: id"
    )
    status, out, err = run(entry, "churn", *AS_OF)
    assert (status, err) == (1, "")
    lines = out.splitlines()
    assert [re.split(r" {2,}", line.strip()) for line in lines[:4]] == [
        ["verdict", "check", "expected", "found", "where", "since"],
        [
            "fail",
            "not_null tenure",
            "no nulls in tenure",
            "null in 9 of 100 rows (9.0 %)",
            "all rows",
            "2026-04-08",
        ],
        ["why: the model divides by it"],
        ["pass", "unique id", "id unique", "100 ids, all different", "all rows", "-"],
    ]
    # The columns stand below each other.
    assert len({line.index("all rows") for line in (lines[1], lines[3])}) == 1
    assert lines[4:] == [
        "",
        "2 checks: 1 passed, 1 failed, 0 skipped, 0 errored; 1 closes the gate.",
        "  modelowners debug model:churn",
    ]


@pytest.mark.parametrize(
    ("check", "status"),
    [
        ("not_null: monthly", 0),
        ("{not_null: tenure, severity: warn}", 0),
        ("not_null: nowhere", 1),
        ("{not_null: nowhere, severity: warn}", 0),
        ("{not_null: monthly, where: {country: SE}}", 1),
    ],
)
def test_the_gate_is_open_only_for_a_pass_or_a_warning(
    check: str, status: int, run: Run
) -> None:
    assert run(f"checks:\n  - {check}", "churn", *AS_OF)[0] == status


def test_json_counts_what_was_planned(run: Run) -> None:
    entry = (
        "checks:\n  - not_null: [tenure, monthly, nowhere]\n"
        "expect: {range: {p: [0, 1]}}"
    )
    status, out, err = run(entry, "churn", *AS_OF, "--json")
    assert (status, err) == (1, "")
    found = json.loads(out)
    counts = ("planned", "passed", "failed", "skipped", "errored", "no_data", "passes")
    assert [found[name] for name in counts] == [4, 2, 1, 1, 0, 0, False]
    assert found["checks"][0] == {
        "name": "not_null tenure",
        "kind": "not_null",
        "verdict": "fail",
        "no_data": False,
        "severity": "error",
        "expected": "no nulls in tenure",
        "found": "null in 9 of 100 rows (9.0 %)",
        "where": {},
        "from": "2026-04-10T00:00:00Z",
        "to": "2026-04-11T00:00:00Z",
        "since": "2026-04-08T00:00:00Z",
        "why": None,
        "examples": [],
        "place": found["checks"][0]["place"],
    }
    assert found["checks"][0]["place"].endswith("modelowners.yaml:15:9")


def test_only_one_kind_is_run(run: Run) -> None:
    entry = "checks:\n  - not_null: tenure\n  - unique: id"
    status, out, _ = run(entry, "churn", *AS_OF, "--only", "unique")
    assert status == 0
    assert "1 check: 1 passed, 0 failed, 0 skipped, 0 errored; the gate is open." in out


def test_a_model_without_checks_says_so_and_what_to_do(run: Run) -> None:
    status, out, err = run("tier: 2", "churn")
    assert (status, out) == (0, "")
    assert "model:churn declares no checks. Add `checks:`" in err
    assert "modelowners lint" in err
    assert "no checks of kind volume" in run("tier: 2", "churn", "--only", "volume")[2]


@pytest.mark.parametrize(
    ("entry", "args", "said"),
    [
        ("tier: 2", ["chrn"], "did you mean"),
        ("tier: 2", ["churn", "--only", "uniqe"], 'did you mean "unique"'),
        ("checks: [{uniqe: id}]", ["churn"], 'MO003 unknown check "uniqe"'),
        ("checks: [{unique: id}]", ["churn", "--as-of", "soon"], "Write an ISO date"),
        ("tier: 2", [], "Missing argument"),
    ],
)
def test_bad_input_exits_2(entry: str, args: list[str], said: str, run: Run) -> None:
    status, out, err = run(entry, *args)
    assert (status, out) == (2, "")
    assert said in err


def test_a_card_shows_the_verdicts(run: Run, world: CheckWorld) -> None:
    del run
    world.declare("checks:\n  - not_null: tenure\nexpect: {range: {p: [0, 1]}}")
    with pytest.raises(SystemExit) as caught:
        main(["--file", str(world.folder / "modelowners.yaml"), "card", "churn"])
    assert caught.value.code == 1
