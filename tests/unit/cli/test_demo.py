"""`demo` on the command line: what it refuses, and how."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from modelowners.app.demo import world
from modelowners.cli.main import cli, main


def exit_code(*args: str) -> int:
    """Run the program as a shell would."""
    with pytest.raises(SystemExit) as ended:
        main(args)
    code = ended.value.code
    assert isinstance(code, int)
    return code


def test_help_names_the_options_and_the_exit() -> None:
    told = CliRunner().invoke(cli, ["demo", "--help"])
    assert told.exit_code == 0
    for word in ("--folder", "--no-fault", "--json", "demo-world", "Exits 0, or 1"):
        assert word in told.output


def test_a_folder_of_somebody_else_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    assert exit_code("demo", "--folder", str(tmp_path)) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "not a demo world" in told.err
    assert "--folder" in told.err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_without_the_extra_the_install_line_is_told(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(world, "NEEDED", {"nowhere": "no_such_module_at_all"})
    assert exit_code("demo", "--folder", str(tmp_path / "new")) == 2
    assert "pip install 'modelowners[demo]'" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()
