"""`report` and `import`: parsing, JSON shapes, refusals, and the same bytes twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from speed_worlds import desk_year
from ticket_worlds import write_export

from modelowners.cli.main import main
from modelowners.cli.measurement import BadCap, read_cap


class Said(NamedTuple):
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str


class Shell:
    """Runs commands in one folder, as a person would."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.capsys = capsys

    def __call__(self, *args: str) -> Said:
        file = str(self.folder / "modelowners.yaml")
        with pytest.raises(SystemExit) as ended:
            main(["--file", file, *args])
        seen = self.capsys.readouterr()
        assert "Traceback" not in seen.err
        return Said(int(str(ended.value.code)), seen.out, seen.err)

    def bring(self, *options: str) -> Said:
        """Import the folder's tickets."""
        file, form = (str(self.folder / name) for name in ("tickets.csv", "map.yaml"))
        return self("import", "tickets", file, "--map", form, *options)


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    """A folder with a year of tickets, not imported yet."""
    write_export(desk_year(), tmp_path)
    return Shell(tmp_path, capsys)


AS_OF = ("--as-of", "2027-06-01")


def test_import_then_report(run: Shell) -> None:
    done = run.bring()
    assert (done.code, done.err) == (0, "")
    assert '400 tickets of "snow": 400 new' in done.out
    said = run("report", "speed", *AS_OF)
    assert said.code == 0
    golden = Path(__file__).parents[1] / "app" / "goldens" / "speed_year.txt"
    ours = said.out.splitlines()[:-1]
    assert ours == golden.read_text(encoding="utf-8").splitlines()[:-1]
    assert said.out.splitlines()[-1] == (
        "modelowners report speed --as-of 2027-06-01T00:00:00Z --seed 7"
    )


def test_a_second_run_gives_the_same_bytes(run: Shell) -> None:
    run.bring()
    page = run.folder / "speed.html"
    first, second = (
        (
            run("report", "speed", *AS_OF, "--json", "--html", str(page)),
            page.read_bytes(),
        )
        for _ in range(2)
    )
    assert first == second
    assert run.bring("--json").code == 0
    third = run("report", "speed", *AS_OF, "--json")
    assert third.out == first[0].out


def test_the_json_of_a_report(run: Shell) -> None:
    run.bring()
    found = json.loads(run("report", "speed", *AS_OF, "--json").out)
    assert found["counts"]["incidents"] == 400
    assert list(found["hours"]) == [
        *("total_h", "parts", "bounds", "undetected_h", "reasons"),
    ]
    assert sum(found["hours"]["parts"].values()) == pytest.approx(1)
    assert found["routing"]["tosses"] is None
    assert found["reproduce"]["imports"][0].startswith("snow sha256:")
    assert found["not_said"][0]["what"] == "cost per toss"


def test_the_json_is_the_one_that_was_reviewed(
    run: Shell, golden: Callable[[str, str], None]
) -> None:
    run.bring()
    golden("speed_year.json", run("report", "speed", *AS_OF, "--json").out)


def test_the_json_of_an_import(run: Shell) -> None:
    found = json.loads(run.bring("--json").out)
    assert list(found) == ["source", "rows", "tickets", "kept", "left_out", "lost"]
    assert found["kept"] == {"new": 400, "changed": 0, "unchanged": 0, "older": 0}


def test_rows_left_out_are_findings(run: Shell) -> None:
    place = run.folder / "tickets.csv"
    place.write_text(place.read_text(encoding="utf-8") + "a,b\n", encoding="utf-8")
    done = run.bring()
    assert done.code == 1
    assert "Left out: 1 rows with more or fewer cells than columns." in done.out


def test_filters_are_heard(run: Shell) -> None:
    run.bring()
    whole = json.loads(run("report", "speed", *AS_OF, "--json").out)
    options = ("--exclude-team", "team-0", "--since", "2026-09-01", "--cap", "7d")
    part = json.loads(run("report", "speed", *AS_OF, *options, "--json").out)
    assert 0 < part["counts"]["incidents"] < whole["counts"]["incidents"]
    assert part["tau_h"] == 168
    assert "--exclude-team team-0" in part["reproduce"]["command"]
    only = json.loads(run("report", "speed", *AS_OF, "--team", "team-1", "--json").out)
    assert only["counts"]["incidents"] < 100


def test_asking_without_any_record_makes_none(run: Shell) -> None:
    said = run("report", "speed")
    assert said.code == 0
    assert "No incident is recorded yet" in said.out
    assert not (run.folder / ".modelowners").exists()


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("report", "speed", "--as-of", "soon"), 'Cannot read "soon" as an instant'),
        (("report", "speed", "--cap", "5m"), "--cap is a duration of 1h or longer"),
        (("report", "speed", "--cap", "long"), 'Cannot read "long"'),
        (
            ("report", "speed", *AS_OF, "--since", "2027-06-01"),
            "--since 2027-06-01 does not lie before --as-of 2027-06-01",
        ),
        (("report", "speed", "--since", "9999-01-01"), "before --as-of now"),
        (("report", "speed", "--seed", "-1"), "--seed"),
        (("report", "speed", "--mttr"), "No such option"),
        (("report", "speed", "--person", "ana"), "No such option"),
        (("import", "tickets", "x.csv"), "--map"),
        (("import", "tickets", "none.csv", "--map", "none.yaml"), "No such file"),
        (("import", "dreams"), "No such command"),
    ],
)
def test_bad_input_is_refused_with_a_reason(
    run: Shell, args: tuple[str, ...], said: str
) -> None:
    done = run(*args)
    assert done.code == 2
    assert said in done.err


def test_a_page_that_cannot_be_written_says_so(run: Shell) -> None:
    done = run("report", "speed", "--html", str(run.folder / "none" / "x.html"))
    assert done.code == 2
    assert "Cannot write" in done.err


def test_a_cap_is_an_hour_at_least() -> None:
    assert read_cap("1h") == timedelta(hours=1)
    with pytest.raises(BadCap):
        read_cap("0h")
