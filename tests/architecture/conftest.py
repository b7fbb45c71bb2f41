"""What the architecture tests read: every module of the package, parsed once."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "modelowners"


@dataclass(frozen=True)
class Module:
    """One source file."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def inside(self) -> str:
        """Path below the package, such as ``catalog/owners.py``."""
        return self.path.relative_to(PACKAGE).as_posix()

    @property
    def package(self) -> str:
        """First folder, such as ``catalog``; empty at the top."""
        parts = self.path.relative_to(PACKAGE).parts
        return parts[0] if len(parts) > 1 else ""


def _read(path: Path) -> Module:
    text = path.read_text(encoding="utf-8")
    return Module(path, text, ast.parse(text))


@pytest.fixture(scope="session")
def modules() -> tuple[Module, ...]:
    """Give every module of the package, sorted by path."""
    return tuple(_read(path) for path in sorted(PACKAGE.rglob("*.py")))
