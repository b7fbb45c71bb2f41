"""`lint`, `who`, `blast`, `export`, `init`: what is printed, and how they exit."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import duckdb
import jsonschema
import pytest

from modelowners.cli.main import main
from modelowners.core.time import SystemClock, parse_instant

FILE = """\
version: 1
people:
  ana: {email: ana@x.example, tz: Europe/Madrid}
  bo: {email: bo@x.example, tz: Europe/Oslo}
teams:
  risk:
    lead: ana
    deputy: bo
    oncall: [{from: 2026-05-04 10:00, every: 1w, order: [ana, bo]}]
calendar:
  away: [{who: ana, from: 2026-06-10, through: 2026-06-20}]
owns:
  model:fraud:
    owner: risk
    consult: [bo]
    tier: 1
    needs: [dataset:core]
    code: [fraud/]
    runbook: https://wiki.example/fraud
    fix: {reload: {command: [./reload.sh]}}
    verified: {on: 2026-05-01, by: ana}
  model:cards:
    owner: risk
    needs: [dataset:core, model:fraud]
    verified: {on: 2026-05-01, by: ana}
  dataset:core: {owner: bo}
  dataset:*: {tier: 3}
  model:toy: {owner: none, reason: a demo}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "modelowners.yaml").write_text(FILE, encoding="utf-8")
    (tmp_path / "fraud").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(SystemClock, "now", _now)
    return tmp_path


def _now(_clock: SystemClock) -> datetime:
    return parse_instant("2026-06-01")


def run(*args: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(list(args))
    assert isinstance(left.value.code, int)
    return left.value.code


Said = pytest.CaptureFixture[str]


def test_lint_tells_warnings_and_exits_0(folder: Path, capsys: Said) -> None:
    assert run("lint") == 0
    said = capsys.readouterr()
    assert said.out.splitlines() == [
        (
            "modelowners.yaml:26:3 MO501 warning nobody ever verified dataset:core; "
            "the owner confirms it: verified: {on: 2026-06-01, by: PERSON}"
        ),
        (
            "modelowners.yaml:26:25 MO304 warning bo is the whole chain of "
            "dataset:core; add a deputy"
        ),
    ]
    assert said.err == "modelowners.yaml: 2 warnings\n"


@pytest.mark.parametrize(
    ("old", "new", "status", "code"),
    [
        ("tier: 1", "teir: 1", 2, "MO003"),
        ("owner: risk\n", "owner: rsik\n", 1, "MO102"),
        (", reason: a demo", "", 1, "MO303"),
        ("tier: 1", "tier: 1\n    tier: 2", 2, "MO002"),
    ],
)
def test_lint_exits_2_on_an_unusable_file_1_on_other_errors(
    folder: Path, capsys: Said, old: str, new: str, status: int, code: str
) -> None:
    text = FILE.replace(old, new)
    assert text != FILE
    (folder / "modelowners.yaml").write_text(text, encoding="utf-8")
    assert run("lint") == status
    assert f" {code} error " in capsys.readouterr().out


def test_lint_json_holds_problems_and_the_proof(folder: Path, capsys: Said) -> None:
    assert run("lint", "--horizon", "30d", "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert [one["code"] for one in answer["problems"]] == ["MO402", "MO501", "MO304"]
    assert answer["problems"][0] == {
        "file": "modelowners.yaml",
        "line": 9,
        "column": 13,
        "code": "MO402",
        "severity": "warning",
        "what": "the shift of risk falls back to bo in "
        "[2026-06-15T08:00:00Z, 2026-06-20T22:00:00Z)",
        "remedy": "add a cover",
        "asset": None,
    }
    proof = answer["proof"]
    assert (proof["from"], proof["to"]) == (
        "2026-06-01T00:00:00Z",
        "2026-07-01T00:00:00Z",
    )
    assert [chain["assets"] for chain in proof["chains"]] == [
        ["dataset:core"],
        ["model:cards", "model:fraud"],
    ]
    assert proof["chains"][1]["intervals"][0] == {
        "start": "2026-06-01T00:00:00Z",
        "end": "2026-06-01T08:00:00Z",
        "accountable": "ana",
        "responder": "bo",
        "falls_back": False,
        "steps": 2,
    }


def test_lint_json_of_an_unusable_file_is_json(folder: Path, capsys: Said) -> None:
    (folder / "modelowners.yaml").write_text("version: 1\na: &x 1\n", encoding="utf-8")
    assert run("lint", "--json") == 2
    answer = json.loads(capsys.readouterr().out)
    assert [one["code"] for one in answer["problems"]] == ["MO003", "MO005"]
    assert answer["proof"]["chains"] == []


def test_who_json_has_the_documented_shape(folder: Path, capsys: Said) -> None:
    assert run("who", "fraud", "--at", "2026-06-10T09:00Z", "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer.pop("catalog").keys() == {"digest", "commit"}
    assert answer == {
        "asset": "model:fraud",
        "at": "2026-06-10T09:00:00Z",
        "status": "owned",
        "tier": 1,
        "owner": {"team": "risk", "declared": "modelowners.yaml:14"},
        "accountable": {
            "person": "bo",
            "until": "2026-06-20T22:00:00Z",
            "why": ["lead ana away through 2026-06-20", "team deputy bo"],
        },
        "responder": {
            "person": "bo",
            "until": "2026-06-20T22:00:00Z",
            "why": ["shift 5 of segment 2026-05-04"],
        },
        "consult": ["bo"],
        "escalation": [
            {"after_s": 0, "role": "oncall", "person": "bo"},
            {"after_s": 900, "role": "lead", "person": "bo"},
        ],
        "verified": {"on": "2026-05-01", "stale": False},
    }


def test_who_reads_like_a_sentence_and_a_table(folder: Path, capsys: Said) -> None:
    assert run("who", "fraud/train.py", "--at", "2026-06-10T09:00Z") == 0
    assert capsys.readouterr().out.splitlines() == [
        "model:fraud   tier 1   owned by team risk (modelowners.yaml:14)",
        (
            "  accountable bo   until 2026-06-20 22:00 UTC: "
            "lead ana away through 2026-06-20; team deputy bo"
        ),
        "  responder   bo   until 2026-06-20 22:00 UTC: shift 5 of segment 2026-05-04",
        "  consult     bo",
        "  escalation  at once oncall: bo, after 15 min lead: bo",
        "  verified    2026-05-01",
    ]


def test_who_does_not_pretend_to_know_the_past(folder: Path, capsys: Said) -> None:
    assert run("who", "fraud", "--at", "2026-05-10") == 0
    assert "as it is now" in capsys.readouterr().err
    assert run("who", "fraud") == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("name", "status", "words"),
    [
        ("toy", 0, "deliberately unowned"),
        ("dataset:other", 1, "tier 3   unowned"),
        ("model:nobody", 1, "tier 2   unowned"),
    ],
)
def test_who_exits_1_where_nobody_answers(
    folder: Path, capsys: Said, name: str, status: int, words: str
) -> None:
    assert run("who", name) == status
    assert words in capsys.readouterr().out


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["who", "frau"], 'did you mean "fraud"'),
        (["who", "fraud", "--at", "soon"], 'Cannot read "soon"'),
        (["who", "fraud", "--at", "0001-01-01"], "between 1971 and 2199"),
        (["lint", "--horizon", "30"], "Cannot read"),
        (["blast", "gone"], "No asset, alias or path"),
        (["-f", "gone.yaml", "who", "fraud"], "modelowners init"),
    ],
)
def test_bad_input_exits_2_with_a_sentence(
    folder: Path, capsys: Said, args: list[str], words: str
) -> None:
    assert run(*args) == 2
    said = capsys.readouterr()
    assert words in said.err
    assert said.out == ""


def test_blast_draws_a_tree_and_opens_each_asset_once(
    folder: Path, capsys: Said
) -> None:
    assert run("blast", "core") == 0
    assert capsys.readouterr().out.splitlines() == [
        "dataset:core   tier 3   bo",
        "├─ model:cards   tier 2   risk (ana)",
        "└─ model:fraud   tier 1   risk (ana)",
        "   └─ model:cards   (above)",
    ]


def test_blast_json_lists_by_distance(folder: Path, capsys: Said) -> None:
    assert run("blast", "dataset:core", "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert [(one["asset"], one["distance"]) for one in answer["downstream"]] == [
        ("model:cards", 1),
        ("model:fraud", 1),
    ]
    assert answer["downstream"][0]["owner"] == {"team": "risk"}
    assert answer["downstream"][0]["accountable"] == "ana"


def test_blast_knows_what_logs_claim_of_their_upstream(
    folder: Path, capsys: Said
) -> None:
    claim = "    predictions: {source: l.csv, upstream: {dataset:far: [age]}}\n"
    text = FILE.replace("    code: [fraud/]\n", f"    code: [fraud/]\n{claim}")
    text = text.replace("  model:toy:", "  dataset:far: {owner: bo}\n  model:toy:")
    (folder / "modelowners.yaml").write_text(text, encoding="utf-8")
    assert run("blast", "far") == 0
    assert [
        line.lstrip("└─ ").split()[0]
        for line in capsys.readouterr().out.splitlines()[1:]
    ] == [
        "model:fraud",
        "model:cards",
    ]


def test_blast_of_a_leaf_is_empty(folder: Path, capsys: Said) -> None:
    assert run("blast", "toy") == 0
    said = capsys.readouterr()
    assert said.out.splitlines() == ["model:toy   tier 2   deliberately-unowned"]
    assert said.err == "0 assets made from model:toy\n"


def test_export_writes_a_schema(folder: Path, capsys: Said) -> None:
    assert run("export", "schema") == 0
    jsonschema.Draft202012Validator.check_schema(json.loads(capsys.readouterr().out))


STATE = {"sqlalchemy", "duckdb", "alembic"}


@pytest.mark.parametrize(
    ("command", "heavy"),
    [
        (("who", "fraud"), {"numpy", *STATE}),
        (("blast", "core"), {"numpy", *STATE}),
        (("lint",), STATE),  # a `fix:` is read by a stage that computes
    ],
)
def test_answers_come_without_the_heavy_libraries(
    folder: Path, command: tuple[str, ...], heavy: set[str]
) -> None:
    code = (
        "import sys\nfrom modelowners.cli.main import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit:\n    pass\n"
        f"heavy = {sorted(heavy)!r}\n"
        "heavy = [name for name in heavy if name in sys.modules]\n"
        "sys.exit(f'loaded {heavy}' if heavy else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *command],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def commit(folder: Path, message: str) -> None:
    subprocess.run(["git", "init", "-q", "."], cwd=folder, check=True)
    subprocess.run(["git", "add", "-A"], cwd=folder, check=True)
    who = ["-c", "user.name=Ana Gómez", "-c", "user.email=ana@x.example"]
    subprocess.run(["git", *who, "commit", "-qm", message], cwd=folder, check=True)


def write_log(folder: Path) -> None:
    (folder / "logs").mkdir()
    duckdb.sql(
        "COPY (SELECT i AS prediction_id, TIMESTAMP '2026-05-01' + INTERVAL (i) HOUR "
        "AS scored_at, 0.5 AS p_churn, i % 2 AS churned, 'NO' AS country, i AS age "
        f"FROM range(100) t(i)) TO '{folder / 'logs' / 'churn.csv'}'"
    )


def test_init_proposes_what_lint_accepts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    monkeypatch.chdir(tmp_path)
    write_log(tmp_path)
    commit(tmp_path, "a log")
    assert run("init", "--dry-run") == 0
    shown = capsys.readouterr().out
    assert not (tmp_path / "modelowners.yaml").exists()
    assert run("init") == 0
    said = capsys.readouterr()
    assert said.out == "Next: modelowners profile model:churn\n"
    assert (tmp_path / "modelowners.yaml").read_text(encoding="utf-8") == shown
    assert run("lint") == 0
    assert run("init") == 2
    assert "already a file" in capsys.readouterr().err


def test_init_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("init") == 2
    assert "not a git repository" in capsys.readouterr().err
    (tmp_path / "note").touch()
    subprocess.run(["git", "init", "-q", "."], cwd=tmp_path, check=True)
    assert run("init") == 2
    assert "has no commit" in capsys.readouterr().err
    commit(tmp_path, "a note")
    assert run("init") == 2
    assert "No prediction log" in capsys.readouterr().err
