from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from modelowners import __version__
from modelowners.cli import main as face
from modelowners.cli.main import COMMANDS, LazyGroup, cli, main
from modelowners.core.errors import InputError

WRITERS = {"demo", "export", "init", "serve"}
"""What they give is a folder, a file or pages."""


def run(
    capsys: pytest.CaptureFixture[str], *args: str
) -> tuple[int | str | None, str, str]:
    """Run the program in this process: exit status, stdout, stderr."""
    with pytest.raises(SystemExit) as caught:
        main(args)
    return (caught.value.code, *capsys.readouterr())


@pytest.fixture
def failing(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> BaseException:
    """A command that raises what the test names."""
    error: BaseException = request.param

    @click.command("who")
    def who() -> None:
        raise error

    monkeypatch.setattr(LazyGroup, "get_command", lambda *_: who)
    return error


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_lists_every_command_with_one_line(
    capsys: pytest.CaptureFixture[str], flag: str
) -> None:
    status, out, err = run(capsys, flag)
    assert (status, err) == (0, "")
    for name, (_, summary) in COMMANDS.items():
        line = next(row for row in out.splitlines() if row.split()[:1] == [name])
        assert summary.split()[0] in line


def test_the_version_is_that_of_the_package(
    capsys: pytest.CaptureFixture[str], root: Path
) -> None:
    written = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    assert written["project"]["version"] == __version__
    assert run(capsys, "--version")[1] == f"modelowners, version {__version__}\n"


@pytest.mark.parametrize("args", [["wht"], ["who", "--nonsense"], ["--nonsense"]])
def test_a_typing_error_is_bad_input_without_data(
    capsys: pytest.CaptureFixture[str], args: list[str]
) -> None:
    status, out, err = run(capsys, *args)
    assert (status, out) == (2, "")
    assert err.strip()
    assert "Traceback" not in err


def test_a_near_miss_is_answered_with_the_command_that_was_meant(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert "debug" in run(capsys, "debgu")[2]


@pytest.mark.parametrize("failing", [InputError(what="two owners")], indirect=True)
def test_our_own_errors_are_one_line_and_exit_2(
    capsys: pytest.CaptureFixture[str], failing: InputError
) -> None:
    assert run(capsys, "who") == (2, "", f"Error: {failing}\n")


@pytest.mark.parametrize("failing", [ValueError("odd")], indirect=True)
def test_what_nobody_foresaw_is_reported_without_a_traceback(
    capsys: pytest.CaptureFixture[str], failing: ValueError
) -> None:
    status, out, err = run(capsys, "who")
    assert (status, out) == (2, "")
    assert "ValueError: odd" in err
    assert "please report it" in err
    assert "Traceback" not in err


@pytest.mark.parametrize("failing", [KeyboardInterrupt()], indirect=True)
def test_an_interruption_says_that_nothing_is_lost(
    capsys: pytest.CaptureFixture[str], failing: KeyboardInterrupt
) -> None:
    status, _, err = run(capsys, "who")
    assert status == 130
    assert "kept" in err


@pytest.mark.parametrize("status", [0, 1, 2])
def test_a_commands_number_is_the_exit_status(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    @click.command("who")
    def who() -> int:
        return status

    monkeypatch.setattr(LazyGroup, "get_command", lambda *_: who)
    assert run(capsys, "who")[0] == status


def test_a_command_without_a_number_succeeds(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    @click.command("who")
    def who() -> None:
        click.echo("ann")

    monkeypatch.setattr(LazyGroup, "get_command", lambda *_: who)
    assert run(capsys, "who") == (0, "ann\n", "")


def test_global_options_reach_the_command(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    @click.command("who")
    @click.pass_context
    def who(ctx: click.Context) -> None:
        click.echo(json.dumps(ctx.find_root().obj))

    monkeypatch.setattr(LazyGroup, "get_command", lambda *_: who)
    out = run(capsys, "-f", "a.yaml", "--state", "s", "--as", "ann", "who")[1]
    assert json.loads(out) == {"file": "a.yaml", "state": "s", "user": "ann"}


def test_a_reader_that_left_is_no_failure() -> None:
    """`modelowners --help | true`: the pipe's other end is closed before we write."""
    script = (
        "import os, sys\n"
        "read, write = os.pipe(); os.close(read); os.dup2(write, 1)\n"
        "from modelowners.cli.main import main\n"
        "main(['--help'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_loads_and_explains_itself(
    capsys: pytest.CaptureFixture[str], name: str
) -> None:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    assert command.name == name
    status, out, _ = run(capsys, name, "--help")
    assert status == 0
    assert out.startswith("Usage:")
    assert command.help, "a command says what it does"


def every_command(name: str) -> Iterator[click.Command]:
    """A command and its sub-commands."""
    waiting = [cli.get_command(click.Context(cli), name)]
    while waiting:
        one = waiting.pop()
        assert one is not None
        if isinstance(one, click.Group):
            waiting += one.commands.values()
        else:
            yield one


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_option_of_every_command_is_explained(name: str) -> None:
    for command in every_command(name):
        for option in command.params:
            if isinstance(option, click.Option):
                assert option.help, f"{command.name} {option.opts[0]}"


@pytest.mark.parametrize("name", sorted(COMMANDS.keys() - WRITERS))
def test_every_command_that_answers_answers_in_json_too(name: str) -> None:
    for command in every_command(name):
        assert any("--json" in option.opts for option in command.params), command.name


def test_an_unknown_command_imports_nothing() -> None:
    assert cli.get_command(click.Context(cli), "nonsense") is None


def test_the_list_of_commands_is_sorted_and_complete() -> None:
    assert cli.list_commands(click.Context(cli)) == sorted(COMMANDS)
    folder = Path(face.__file__).parent
    assert {module for module, _ in COMMANDS.values()} <= {
        file.stem for file in folder.glob("*.py")
    }
