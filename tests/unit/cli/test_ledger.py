from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from modelowners.cli.main import main
from modelowners.connectors.testing import Repository

CATALOG = """\
version: 1
people:
  ann: {email: ann@example.org}
  bo: {email: bo@example.org}
teams: {ml: {lead: ann, members: [ann, bo]}}
owns:
  model:eta:
    owner: ml
    code: [train/]
    needs: [dataset:weather]
    aliases: ["mlflow:eta"]
  dataset:weather: {owner: ml, needs: [dataset:stations], code: [feeds/]}
  dataset:stations: {owner: ml}
  dataset:raw/*: {owner: ml}
"""


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, object]:
        found: dict[str, object] = json.loads(self.out)
        return found


Run = Callable[..., Answer]


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    found = Repository(tmp_path / "repo")
    found.commit("start", {"modelowners.yaml": CATALOG}, at="2026-05-01T00:00Z")
    monkeypatch.chdir(found.folder)
    return found


@pytest.fixture
def run(repository: Repository, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str) -> Answer:
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        said = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        assert "Traceback" not in said.err
        return Answer(ended.value.code, said.out, said.err)

    return run


def told(answer: Answer) -> list[object]:
    changes = answer.json["changes"]
    assert isinstance(changes, list)
    return [change["what"] for change in changes]


def test_record_and_list(run: Run) -> None:
    done = run(
        *("--as", "ann", "record", "config", "model:eta", "--at", "2026-06-01T12:00Z"),
        *("--before", "threshold=0.5", "--after", '{"threshold": 0.7, "mode": "fast"}'),
        *("--why", "too many alarms", "--url", "https://ci/1"),
    )
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("recorded chg_")
    assert "mode (none) -> fast, threshold 0.5 -> 0.7" in done.out
    listed = run("changes", "model:eta")
    assert listed.code == 0
    (line,) = listed.out.splitlines()
    assert line.startswith("2026-06-01 12:00Z  config  model:eta  mode (none) -> fast")
    assert "  by ann  why: too many alarms  (chg_" in line
    long = run("changes", "model:eta", "--long").out
    assert "  by ann  why: too many alarms  https://ci/1  (chg_" in long


def test_json_of_a_change(run: Run) -> None:
    done = run(
        *("--as", "ann", "record", "deploy", "model:eta", "--version", "7"),
        *("--env", "prod", "--at", "2026-06-01", "--key", "ci-1", "--json"),
    )
    found = done.json
    assert found["added"] is True
    assert found["id"]
    listed = run("changes", "--json").json["changes"]
    assert listed == [{k: v for k, v in found.items() if k != "added"}]
    del found["recorded_at"], found["id"]
    assert found == {
        "added": True,
        "kind": "deploy",
        "asset": "model:eta",
        "what": "version 7 to prod",
        "path": None,
        "who": {"person": "ann", "raw": "ann", "role": "author"},
        "occurred_at": "2026-06-01T00:00:00Z",
        "observed_between": None,
        "before": {},
        "after": {},
        "diff": [],
        "diff_text": None,
        "source": {
            "connector": "record",
            "instance": "local",
            "key": "ci-1",
            "url": None,
        },
        "identity": None,
        "links": {"version": "7", "run": None, "commit": None},
        "environment": "prod",
        "why": None,
        "supersedes": None,
    }


def test_differences_tell_absent_from_null(run: Run) -> None:
    done = run(
        *("record", "data", "dataset:weather", "--what", "load", "--json"),
        *("--before", "unit=null", "--before", "gone=1", "--after", 'unit="C"'),
    )
    assert done.json["diff"] == [
        {"path": "/gone", "before": 1},
        {"path": "/unit", "before": None, "after": "C"},
    ]
    assert done.json["kind"] == "data_run"


def test_the_same_key_is_recorded_once(run: Run) -> None:
    command = ("record", "note", "model:eta", "--what", "hello", "--key", "k")
    assert run(*command).out.startswith("recorded")
    again = run(*command)
    assert (again.code, again.out[:21]) == (0, "already in the ledger")
    assert told(run("changes", "--json")) == ["hello"]


def test_a_correction_replaces(run: Run) -> None:
    wrong = run("record", "note", "model:eta", "--what", "wrong", "--json").json["id"]
    run("record", "note", "model:eta", "--what", "right", "--supersedes", str(wrong))
    assert told(run("changes", "--json")) == ["right"]


def test_who_acted(
    run: Run, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    def who(*arguments: str, before: tuple[str, ...] = ()) -> object:
        note = ("record", "note", "model:eta", "--what", "x", "--json")
        return run(*before, *note, *arguments).json["who"]

    role = {"role": "author"}
    assert who() == {"person": None, "raw": None} | role
    repository.git("config", "user.email", "Bo@example.org")
    assert who() == {"person": "bo", "raw": "Bo@example.org"} | role
    monkeypatch.setenv("MODELOWNERS_USER", "ann")
    assert who() == {"person": "ann", "raw": "ann"} | role
    assert who(before=("--as", "bo")) == {"person": "bo", "raw": "bo"} | role
    assert (
        who("--actor", "ann@example.org")
        == {
            "person": "ann",
            "raw": "ann@example.org",
        }
        | role
    )
    assert who("--actor", "robot") == {"person": None, "raw": "robot"} | role


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("record", "note", "model:ata", "--what", "x"), 'did you mean "model:eta"'),
        (("record", "note", "ata", "--what", "x"), "Expected an asset id"),
        (("record", "note", "model:eta"), "says nothing"),
        (("record", "decision", "model:eta", "--what", "x"), "--why"),
        (("record", "gossip", "model:eta"), "gossip"),
        (("record", "note", "model:eta", "--what", "x", "--at", "soon"), "an instant"),
        (
            ("record", "note", "model:eta", "--what", "x", "--at", "2999-01-01"),
            "future",
        ),
        (("record", "config", "model:eta", "--after", "x"), "names no value"),
        (("record", "config", "model:eta", "--after", "{"), "no JSON object"),
        (("record", "config", "model:eta", "--after", '{"a": NaN}'), "no JSON object"),
        (("record", "config", "model:eta", "--after", "=3"), "names no value"),
        (("record", "config", "model:eta", "--after", "a=" + "x" * 5000), "4096"),
        (
            ("record", "note", "model:eta", "--what", "x", "--supersedes", "chg_0"),
            "No change",
        ),
        (("--as", "an", "record", "note", "model:eta", "--what", "x"), '"ann"'),
        (("changes", "model:ata"), 'did you mean "model:eta"'),
        (("changes", "--upstream"), "ASSET"),
        (("changes", "--since", "soon"), "an instant"),
        (("changes", "--limit", "0"), "limit"),
        (("sync", "gti"), "git"),
    ],
)
def test_bad_input_is_refused_and_nothing_is_kept(
    run: Run, arguments: tuple[str, ...], says: str
) -> None:
    refused = run(*arguments)
    assert (refused.code, refused.out) == (2, "")
    assert says in refused.err
    assert told(run("changes", "--json")) == []


def test_values_are_read_as_json_where_they_are(run: Run) -> None:
    values = (
        "n=1",
        "f=1.5",
        "t=true",
        "s=yes",
        "z=null",
        'q="1"',
        "e=",
        "u=a=b",
        "x=NaN",
    )
    after = [part for value in values for part in ("--after", value)]
    done = run("record", "config", "model:eta", *after, "--what", "x", "--json")
    assert done.json["after"] == {
        "n": 1,
        "f": 1.5,
        "t": True,
        "s": "yes",
        "z": None,
        "q": "1",
        "e": "",
        "u": "a=b",
        "x": "NaN",
    }


def test_hostile_text_is_kept_and_shown_harmless(run: Run) -> None:
    what = "\x1b[31mred\x07\nline\u202e \udcff\0"
    assert run("record", "note", "model:eta", "--what", what).code == 0
    shown = run("changes")
    assert all(line.isprintable() for line in shown.out.splitlines())
    assert len(shown.out.splitlines()) == 1
    assert told(run("changes", "--json")) == ["\x1b[31mred\x07\nline\u202e ��"]


def test_a_foreign_name_and_a_pattern_name_an_asset(run: Run) -> None:
    assert run("record", "note", "mlflow:eta", "--what", "a").code == 0
    assert run("record", "note", "dataset:raw/x", "--what", "b").code == 0
    assert told(run("changes", "mlflow:eta", "--json")) == ["a"]


def test_upstream_since_and_limit(run: Run) -> None:
    for n, asset in enumerate(
        ["dataset:stations", "dataset:weather", "model:eta", "dataset:raw/x"], start=1
    ):
        at = f"2026-06-0{n}"
        assert run("record", "note", asset, "--what", asset, "--at", at).code == 0
    assert told(run("changes", "model:eta", "--json")) == ["model:eta"]
    assert told(run("changes", "model:eta", "--upstream", "--json")) == [
        "model:eta",
        "dataset:weather",
        "dataset:stations",
    ]
    late = run("changes", "model:eta", "--upstream", "--since", "2026-06-02", "--json")
    assert told(late) == ["model:eta", "dataset:weather"]
    some = run("changes", "--limit", "1")
    assert "dataset:raw/x" in some.out
    assert "3 older changes left out" in some.err
    assert run("changes", "--limit", "1", "--json").json["left_out"] == 3


def test_an_empty_ledger_says_what_to_type(run: Run) -> None:
    answer = run("changes")
    assert (answer.code, answer.out) == (0, "")
    assert "modelowners sync" in answer.err
    assert not Path(".modelowners").exists()


def test_sync_reads_git_once(run: Run, repository: Repository) -> None:
    repository.commit(
        "Fit deeper",
        {"train/fit.py": "1"},
        at="2026-06-01T00:00Z",
        by="Bo <bo@example.org>",
    )
    repository.commit("Feed", {"feeds/w.py": "1"}, at="2026-06-02T00:00Z")
    first = run("sync")
    assert (first.code, first.err) == (0, "")
    git, catalog = first.out.splitlines()
    assert git == "git (local): 2 new, 0 seen before"
    assert "recorded, commit" in catalog
    assert catalog.endswith("in force from 2026-05-01T00:00:00Z")
    again = run("sync")
    git, catalog = again.out.splitlines()
    assert git == "git (local): 0 new, 0 seen before"
    assert "unchanged" in catalog
    listed = run("changes", "model:eta", "--upstream")
    assert listed.out.splitlines()[0].startswith("2026-06-02 00:00Z  code  dataset:wea")
    assert "Fit deeper  by bo  (chg_" in listed.out
    long = run("changes", "model:eta", "--upstream", "--long")
    assert "by bo  train/fit.py  commit" in long.out
    assert "git (local): last read 20" in listed.err


def test_sync_as_json(run: Run, repository: Repository) -> None:
    repository.write("modelowners.yaml", CATALOG + "# not committed\n")
    found = run("sync", "git", "--json").json
    catalog = found["catalog"]
    assert isinstance(catalog, dict)
    assert (catalog["is_new"], catalog["commit"]) == (True, None)
    assert found["captured"] == [
        {
            "connector": "git",
            "instance": "local",
            "read": 0,
            "added": 0,
            "floor": None,
            "notes": [],
            "gap": None,
            "malformed": 0,
        }
    ]
    assert found["unread"] == []


def test_sync_says_what_a_shallow_clone_lacks(
    run: Run, repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in (1, 2, 3):
        repository.commit("c", {"train/f": str(n)}, at=f"2026-06-0{n}T00:00Z")
    copy = tmp_path / "copy"
    url = f"file://{repository.folder}"
    repository.git("clone", "-q", "--depth", "2", url, str(copy))
    monkeypatch.chdir(copy)
    done = run("sync")
    assert "1 new, 0 seen before, nothing before 2026-06-02T00:00:00Z" in done.out
    assert "git fetch --unshallow" in done.out
    assert "knows nothing before 2026-06-02" in run("changes").err


def test_sync_outside_a_repository(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "modelowners.yaml").write_text(CATALOG)
    done = run("sync")
    assert done.code == 2
    assert "Error: git (local): never read: git could not read" in done.err
    assert "recorded, not committed" in done.out


def test_sync_without_code(run: Run, repository: Repository) -> None:
    plain = CATALOG.replace("code: [train/]", "tier: 1").replace(", code: [feeds/]", "")
    repository.write("modelowners.yaml", plain)
    assert "declare code: or registry:" in run("sync").out
