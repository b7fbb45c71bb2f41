"""What contracts between imports cannot say: sizes, names, places, ignores."""

from __future__ import annotations

import ast
import importlib
import inspect
import io
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest


class Module(Protocol):
    """One source file, as `conftest.py` gives it."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def inside(self) -> str: ...

    @property
    def package(self) -> str: ...


MAX_LINES = 600
SAYS_NOTHING = {
    "base", "common", "helper", "helpers", "legacy", "manager", "misc", "util", "utils",
}  # fmt: skip
REASON = re.compile(r"# (?:noqa: [A-Z0-9, ]+|type: ignore\[[^\]]+\])\s+[-#]\s*\S")
BROAD = {
    "cli/main.py": "the edge of the program: reports what it caught",
    "app/intake.py": "the guard around one source of changes",
    "app/reception.py": "the guard around one post: the others are still read",
    "app/loop.py": "the guard around one model: the others still get their turn",
    "detection/verdicts.py": "the guard around one check: the others still run",
    "connectors/registry.py": "a stranger's import raises whatever it likes",
    "diagnosis/reasoning.py": "the guard around one probe",
    "incidents/delivery.py": "the guard around one sink",
    "server/turns.py": "the edge of the loop's thread: the next turn is still taken",
}
"""The edges where `except Exception` may stand; each reports what it caught."""


@pytest.mark.slow
def test_imports_keep_their_contracts(root: Path) -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_no_file_outgrows_a_sitting(modules: tuple[Module, ...], root: Path) -> None:
    tests = [
        (p.name, p.read_text(encoding="utf-8")) for p in root.glob("tests/**/*.py")
    ]
    files = [(m.inside, m.text) for m in modules] + tests
    assert [name for name, text in files if text.count("\n") > MAX_LINES] == []


def test_names_say_something(modules: tuple[Module, ...]) -> None:
    words = {m.inside: set(re.split(r"[/_.]", m.inside)) for m in modules}
    assert [name for name, found in words.items() if found & SAYS_NOTHING] == []


def test_no_module_bears_the_name_of_a_verb_its_package_exports(
    modules: tuple[Module, ...],
) -> None:
    for package in (m for m in modules if m.path.name == "__init__.py"):
        verbs = set(_exports(package))
        beside = {p.stem for p in package.path.parent.iterdir() if p.suffix == ".py"}
        assert not verbs & beside, package.inside


def test_every_module_says_what_it_is(modules: tuple[Module, ...]) -> None:
    for module in modules:
        assert len(ast.get_docstring(module.tree) or "") > len("a word. "), (
            f"{module.inside} opens without a sentence"
        )


def test_every_module_has_its_test_file(
    modules: tuple[Module, ...], root: Path
) -> None:
    missing = []
    for module in modules:
        if module.path.name in {"__init__.py", "__main__.py"} and not _logic(module):
            continue
        if "migrations/versions" in module.inside:
            continue  # proven as a whole by the store's migration tests
        folder = root / "tests" / "unit" / Path(module.inside).parent
        stem = module.path.stem
        if stem == "__init__":
            stem = module.path.parent.name
        wanted = {f"test_{stem}.py", f"test_{module.path.parent.name}_{stem}.py"}
        if not any((folder / name).is_file() for name in wanted):
            missing.append(module.inside)
    assert missing == []


def _logic(module: Module) -> bool:
    kinds = (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)
    return any(
        isinstance(node, kinds) and node.name not in {"__getattr__", "__dir__"}
        for node in module.tree.body
    )


def test_what_a_package_exports_exists_and_is_documented(
    modules: tuple[Module, ...],
) -> None:
    for module in modules:
        for exported in _exports(module):
            name = module.inside.removesuffix(".py").removesuffix("/__init__")
            package = importlib.import_module("modelowners." + name.replace("/", "."))
            thing = getattr(package, exported)
            if inspect.isclass(thing) or inspect.isfunction(thing):
                assert inspect.getdoc(thing), f"{module.inside}: {exported}"


def _exports(module: Module) -> list[str]:
    for node in module.tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            names: list[str] = ast.literal_eval(node.value)
            return names
    return []


def test_broad_excepts_stand_only_at_the_edges(modules: tuple[Module, ...]) -> None:
    found = {m.inside for m in modules if any(_broad(m.tree))}
    assert found <= BROAD.keys()


def _broad(tree: ast.Module) -> Iterator[ast.ExceptHandler]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler):
            named = ast.unparse(node.type) if node.type else "BaseException"
            again = node.body[-1]
            tidies = isinstance(again, ast.Raise) and again.exc is None
            if {"Exception", "BaseException"} & set(re.findall(r"\w+", named)):
                yield from () if tidies else (node,)


def test_every_ignore_gives_its_reason(modules: tuple[Module, ...], root: Path) -> None:
    paths = [m.path for m in modules]
    paths += [*root.glob("tests/**/*.py"), *root.glob("benchmarks/**/*.py")]
    bare = [
        f"{path.relative_to(root)}:{line}"
        for path in paths
        for line, comment in _comments(path)
        if ("noqa" in comment or "type: ignore" in comment)
        and not REASON.search(comment)
        and "PLC0415" not in comment  # an import inside a function is its own reason
    ]
    assert bare == []


def _comments(path: Path) -> Iterator[tuple[int, str]]:
    text = path.read_text(encoding="utf-8")
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT and token.string.startswith("#"):
            yield token.start[0], token.string


def test_a_repository_reads_only_its_own_tables(modules: tuple[Module, ...]) -> None:
    for module in modules:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ImportFrom) and node.module is not None:
                parts = node.module.split(".")
                names = {alias.name for alias in node.names}
                if parts[0] == "modelowners" and "tables" in {*parts, *names}:
                    assert parts[1] == module.package, module.inside


def test_only_settings_read_the_environment(modules: tuple[Module, ...]) -> None:
    """
    Ruff bans the names; this also sees `from os import environ`.

    The demo's training runs as a script in a process of its own.
    """
    for module in modules:
        if module.inside not in {"app/settings.py", "app/demo/training.py"}:
            assert not re.search(r"\b(environ|getenv)\b", _code(module)), module.inside


def test_only_the_clock_knows_what_time_it_is(modules: tuple[Module, ...]) -> None:
    for module in modules:
        if module.inside != "core/time.py":
            found = re.search(
                r"\b(utcnow|datetime\.now|date\.today|time\.time)\(", _code(module)
            )
            assert not found, module.inside


def _code(module: Module) -> str:
    """The module without comments and docstrings."""
    return ast.unparse(_Undocumented().visit(ast.parse(module.text)))


class _Undocumented(ast.NodeTransformer):
    def visit_Expr(self, node: ast.Expr) -> ast.Expr | None:
        is_text = isinstance(node.value, ast.Constant) and isinstance(
            node.value.value, str
        )
        return ast.copy_location(ast.Expr(ast.Constant(0)), node) if is_text else node


def test_nothing_names_a_machine(modules: tuple[Module, ...], root: Path) -> None:
    paths = [m.path for m in modules] + [
        path
        for folder in ("docs", "tests", "benchmarks", "changelog.d")
        for path in (root / folder).rglob("*")
        if path.suffix in {".py", ".md", ".json", ".yaml"}
        and "_build" not in path.parts
    ]
    private = re.compile("/" + r"(?:work|root|home/\w+)/")
    named = [
        path.relative_to(root).as_posix()
        for path in paths
        if private.search(path.read_text(encoding="utf-8"))
    ]
    assert named == []
