"""
Every fenced example of the documentation does what the page says.

- ``console``: lines after ``$`` are run, in order, in one folder a page; what
  stands below is compared with what came out. ``...`` stands for anything.
- ``yaml``: a file (it has a ``version:``) is linted; if its first line names it,
  it is also written there, for the commands that follow. A fragment is put where
  it belongs in a file and linted.
- ``sh``: what a reader types in a clone; each ``make`` verb exists.
"""

from __future__ import annotations

import doctest
import re
import subprocess
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *(p for p in ROOT.glob("docs/**/*.md") if "_build" not in p.parts),
    ]
)
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
KNOWN = {"console", "yaml", "sh", "text", "json", "python"}
FRAME = """\
version: 1
people:
  ana: {email: ana@example.org}
  bo: {email: bo@example.org}
teams:
  crm: {lead: ana, deputy: bo, members: [ana, bo]}
  billing: {lead: bo, members: [bo]}
"""
ENTRY = """\
owns:
  dataset:contracts: {owner: billing}
  dataset:visits: {owner: crm}
  model:churn:
    owner: crm
    needs: [dataset:contracts, dataset:visits]
"""
LOG = """\
predictions:
  source: logs/*.parquet
  columns: {prediction_id: id, ts: scored_at, score: p_churn}
  segments: [country]
"""
Shell = Callable[[str], subprocess.CompletedProcess[str]]


@dataclass(frozen=True)
class Block:
    """One fenced example."""

    page: Path
    line: int
    kind: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    return [
        Block(page, text.count("\n", 0, found.start()) + 1, found[1], found[2])
        for found in FENCE.finditer(text)
    ]


ALL = [block for page in PAGES for block in blocks(page)]
RUNNABLE = sorted({b.page for b in ALL if b.kind in {"console", "yaml"}})


@pytest.mark.parametrize("page", RUNNABLE, ids=lambda p: str(p.relative_to(ROOT)))
def test_the_examples_of_a_page_run_in_order(
    page: Path, world: Path, shell: Shell
) -> None:
    for block in blocks(page):
        if block.kind == "console":
            for command, expected in _commands(block.text):
                _compare(block, command, expected, shell(command))
        elif block.kind == "yaml":
            _lint(block, world, shell)


def _commands(text: str) -> Iterator[tuple[str, str]]:
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        joined = part.replace("\\\n", "")
        command, _, expected = joined.partition("\n")
        yield command, expected


def _compare(
    block: Block,
    command: str,
    expected: str,
    done: subprocess.CompletedProcess[str],
) -> None:
    said = f"{block}: {command}\n{done.stdout}"
    assert "Traceback" not in done.stdout, said
    assert done.returncode in {0, 1} or "Error" in expected, said
    if expected.strip():
        flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
        assert doctest.OutputChecker().check_output(expected, done.stdout, flags), said


def _lint(block: Block, world: Path, shell: Shell) -> None:
    named = re.match(r"# ([\w./-]+)\n", block.text)
    if re.search(r"^version:", block.text, re.MULTILINE):
        file = world / (named[1] if named else "example.yaml")
        file.write_text(block.text, encoding="utf-8")
    else:
        file = world / "example.yaml"
        file.write_text(_framed(block.text), encoding="utf-8")
    done = shell(f"modelowners --file {file.name} lint")
    assert done.returncode == 0, f"{block}\n{done.stdout}\n{file.read_text()}"


def _framed(text: str) -> str:
    """Put a fragment where it belongs: the top, an asset, a facet, a list."""
    first = re.search(r"^(- |\w+)", text, re.MULTILINE)
    assert first is not None, text
    if first[1] in {"people", "teams", "calendar"}:
        return f"{text}{ENTRY if first[1] == 'calendar' else ''}"
    if first[1] == "owns":
        return FRAME + text
    if first[1] == "- ":
        text = "checks:\n" + textwrap.indent(text, "  ")
    if first[1] != "predictions":
        text = LOG + text
    return FRAME + ENTRY + textwrap.indent(text, "    ")


@pytest.mark.parametrize("block", ALL, ids=str)
def test_every_block_says_what_it_is(block: Block) -> None:
    assert block.kind in KNOWN


def test_no_block_is_nameless() -> None:
    for page in PAGES:
        fences = re.findall(
            r"^```(.*)$", page.read_text(encoding="utf-8"), re.MULTILINE
        )
        assert all(fences[::2]), page.name


def test_every_make_verb_that_is_named_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    verbs = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        named = set(re.findall(r"(?:`|^|\$ )make ([a-z-]+)", text, re.MULTILINE))
        assert named <= verbs, page.name


def test_every_link_between_pages_leads_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(
            r"\]\(([^)#:]+\.md)", page.read_text(encoding="utf-8")
        ):
            assert (page.parent / target).is_file(), f"{page.name}: {target}"


def test_every_path_that_is_named_exists() -> None:
    folders = "src|tests|docs|benchmarks|requirements|changelog\\.d"
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for named in re.findall(rf"`((?:{folders})/[\w./-]*\w)`", text):
            if not re.search(r"[A-Z]{4}", named):  # CATEGORY/KIND.py stands for many
                assert (ROOT / named).exists(), f"{page.name}: {named}"
