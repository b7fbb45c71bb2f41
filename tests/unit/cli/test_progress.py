from __future__ import annotations

import io
import sys

import pytest

from modelowners.cli.progress import progress


class Terminal(io.StringIO):
    """A stderr that claims to be a terminal."""

    def isatty(self) -> bool:
        return True


def test_nobody_watching_hears_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with progress() as tell:
        tell("reading", 0.5)
    assert capsys.readouterr() == ("", "")


def test_without_a_terminal_rich_is_not_loaded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loaded = [name for name in sys.modules if name.split(".")[0] == "rich"]
    for name in loaded:
        monkeypatch.delitem(sys.modules, name)
    with progress() as tell:
        tell("reading", 0.5)
    assert "rich" not in sys.modules


def test_a_terminal_is_told_what_is_going_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with progress() as tell:
        tell("asking about [bold]temp[/bold]", 0.5)
        tell("beyond the end", 7.0)
    shown = terminal.getvalue()
    assert "beyond the end" in shown
    assert capsys.readouterr().out == ""


def test_the_bar_goes_away_when_the_work_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)

    def stopped() -> None:
        with progress() as tell:
            tell("reading", 0.1)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    # The cursor is shown again, the line is cleared.
    assert "\x1b[?25h" in terminal.getvalue()
