"""`lint` lets each connector look at its own section, and finds unknown sinks."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import pytest

from modelowners.cli.main import main

FRAME = """\
version: 1
people:
  ana: {email: ana@example.org}
  bo: {email: bo@example.org}
teams:
  risk: {lead: ana, deputy: bo, members: [ana, bo], notify: [NOTIFY]}
owns:
  model:churn: {owner: risk}
"""


class Lint(Protocol):
    """Lint a file with these sections; give exit code and what was said."""

    def __call__(self, connectors: str, notify: str = ...) -> tuple[int, str]: ...


@pytest.fixture
def lint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Lint:
    monkeypatch.chdir(tmp_path)

    def run(connectors: str, notify: str = '"file:a.jsonl"') -> tuple[int, str]:
        text = FRAME.replace("NOTIFY", notify) + connectors
        (tmp_path / "modelowners.yaml").write_text(text, encoding="utf-8")
        with pytest.raises(SystemExit) as left:
            main(["lint"])
        assert isinstance(left.value.code, int)
        return left.value.code, capsys.readouterr().out

    return run


GOOD = """\
connectors:
  slack: {token: "${SLACK_BOT_TOKEN}"}
  pagerduty: {services: {risk: "${PAGERDUTY_RISK}"}}
  webhook: {ops: {url: "https://ops.example", secret: "${OPS}"}}
  alertmanager: {token: "${ALERTMANAGER_TOKEN}"}
  email: {host: localhost, from: models@example.org}
"""


def test_sections_that_can_be_used_say_nothing(lint: Lint) -> None:
    sinks = '"slack:#risk", "pagerduty:risk", "webhook:ops", "email:a@b.example"'
    status, said = lint(GOOD, sinks)
    assert status == 0
    assert " error " not in said


@pytest.mark.parametrize(
    ("section", "told"),
    [
        (
            "slak: {}",
            ':10:3 MO003 error unknown connector "slak"; did you mean "slack"?',
        ),
        ("slack: {}", ":10:10 MO004 error connectors.slack needs token, webhooks"),
        ("slack: {tokn: x}", ':10:11 MO003 error unknown key "tokn"; did you mean'),
        (
            "pagerduty: {services: {}}",
            "MO004 error connectors.pagerduty needs services",
        ),
        ("webhook: {ops: {url: x}}", "MO004 error a webhook needs secret"),
        ("alertmanager: {}", "MO004 error connectors.alertmanager needs token"),
        ("email: {}", "MO004 error connectors.email needs host"),
    ],
)
def test_a_section_that_cannot_be_used_is_told_with_its_place(
    lint: Lint, section: str, told: str
) -> None:
    status, said = lint(f"connectors:\n  {section}\n")
    assert status == 2
    assert told in said


def test_a_section_of_another_shape_is_told(lint: Lint) -> None:
    status, said = lint("connectors: [slack]\n")
    assert status == 2
    assert "expected a mapping, found a list" in said


def test_a_sink_that_does_not_exist_is_told(lint: Lint) -> None:
    status, said = lint("", '"pagerdty:risk"')
    assert status == 2
    assert 'no sink "pagerdty" for notify; did you mean "pagerduty"?' in said


def test_a_literal_secret_is_told_and_not_repeated(lint: Lint) -> None:
    status, said = lint("connectors:\n  slack: {token: xoxb-canary-5511}\n")
    assert status == 2
    assert "must not stand in the ownership file" in said
    assert "canary" not in said
