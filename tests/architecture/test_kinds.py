"""A kind of cause or of check is whole: file, test, scenario, reference entry."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from modelowners.diagnosis.causes import CauseKind, category_of

ROOT = Path(__file__).parents[2]
PROBES = ROOT / "src/modelowners/diagnosis/probes"
CHECKS = ROOT / "src/modelowners/detection/checks"
REFERENCE = ROOT / "docs/reference"
NO_KIND = {"__init__", "context", "forms", "grounds", "results", "sides"}
"""Modules of the folders that hold no kind of their own."""


def probes() -> list[Path]:
    """Every probe's file, ``<category>/<kind>.py``."""
    return sorted(p for p in PROBES.glob("*/*.py") if p.stem not in NO_KIND)


def checks() -> list[Path]:
    """Every check's file, ``<kind>.py``."""
    return sorted(p for p in CHECKS.glob("*.py") if p.stem not in NO_KIND)


def headings(page: str) -> set[str]:
    text = (REFERENCE / page).read_text(encoding="utf-8")
    return set(re.findall(r"^#+ `([\w-]+)`", text, re.MULTILINE))


@pytest.mark.parametrize("path", probes(), ids=lambda p: p.stem)
def test_a_probe_stands_where_its_kind_says(path: Path) -> None:
    kind = CauseKind(path.stem)
    assert path.parent.name == category_of(kind).value


def test_every_kind_of_cause_has_its_probe() -> None:
    wanted = {kind.value for kind in CauseKind} - {"unknown"}
    assert wanted == {path.stem for path in probes()}


def test_every_kind_of_cause_has_a_fault_and_a_look_alike() -> None:
    text = "\n".join(
        path.read_text(encoding="utf-8")
        for path in (ROOT / "tests/scenarios").rglob("*.py")
    )
    missing = [
        kind.value
        for kind in CauseKind
        if kind is not CauseKind.UNKNOWN
        and not {f'"{kind.value}"', f"CauseKind.{kind.name}"} & _words(text)
    ]
    assert missing == []


def _words(text: str) -> set[str]:
    return set(re.findall(r'"[a-z_]+"|CauseKind\.[A-Z_]+', text))


def test_every_kind_of_cause_has_its_reference_entry() -> None:
    assert headings("causes.md") == {kind.value for kind in CauseKind}


def test_every_kind_of_check_has_its_reference_entry() -> None:
    assert headings("checks.md") == {path.stem for path in checks()}


@pytest.mark.parametrize("path", [*probes(), *checks()], ids=lambda p: p.stem)
def test_a_kind_is_documented_where_it_is_made(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith('"""'), path.name


def test_every_code_of_the_ownership_file_is_documented() -> None:
    source = "\n".join(
        path.read_text(encoding="utf-8")
        for path in (ROOT / "src/modelowners").rglob("*.py")
    )
    page = (REFERENCE / "errors.md").read_text(encoding="utf-8")
    used = set(re.findall(r'"(MO\d{3})"', source))
    assert used == set(re.findall(r"^\| `(MO\d{3})` \|", page, re.MULTILINE))
