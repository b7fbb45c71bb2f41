"""The console sink, beyond the laws every sink keeps."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from incident_worlds import read_catalog
from sink_worlds import message

from modelowners.connectors import console
from modelowners.connectors.console import Console
from modelowners.connectors.transport import Outside
from modelowners.incidents.ports import Hope, NotSent


def test_the_console_writes_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    Console().send(message("console:"))
    seen = capsys.readouterr()
    assert seen.out == ""
    assert seen.err.splitlines()[0] == "[PAGE] INC-7 sev2: temp changed its unit"


def test_a_terminal_without_the_letters_shows_escapes() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    Console(stream).send(message("console:", text="°C"))
    stream.flush()
    assert b"\\xb0C" in raw.getvalue()


def test_a_closed_console_may_be_tried_again() -> None:
    stream = io.StringIO()
    stream.close()
    with pytest.raises(NotSent) as caught:
        Console(stream).send(message("console:"))
    assert caught.value.hope is Hope.RETRY


def test_the_console_needs_no_setting_up(tmp_path: Path) -> None:
    assert isinstance(console.notifier(read_catalog(tmp_path), Outside()), Console)
