"""What cog writes into the reference: read from the code, never typed twice."""

from __future__ import annotations

import ast
import enum
import importlib
import inspect
import itertools
import pkgutil
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import cast

import click

import modelowners
from modelowners.app.arguments import ARGUMENTS
from modelowners.app.contract_schema import SCHEMA, Schema
from modelowners.cli.main import COMMANDS, cli
from modelowners.core.errors import ModelownersError
from modelowners.detection.checks import KINDS
from modelowners.diagnosis.causes import CauseKind, category_of
from modelowners.incidents.events import EventKind
from modelowners.incidents.incident import AVAILABLE, TRANSITIONS, Act, State
from modelowners.incidents.policy import needed

PACKAGE = Path(modelowners.__file__).parent
NO_KIND = {"__init__", "context", "forms", "grounds", "results", "sides"}
"""Modules of `probes` and `checks` that hold no kind of their own."""
WIDTH = 79


def commands() -> str:
    """Give one section a command: its own help, as `--help` prints it."""
    root = click.Context(cli, info_name="modelowners", terminal_width=WIDTH)
    parts: list[str] = []
    for name in sorted(COMMANDS):
        command = cli.get_command(root, name)
        if command is not None:
            parts += _command(command, root, f"modelowners {name}", "##")
    return "\n".join(parts)


def _command(
    command: click.Command, parent: click.Context, path: str, mark: str
) -> Iterator[str]:
    ctx = click.Context(
        command, info_name=path.rpartition(" ")[2], parent=parent, terminal_width=WIDTH
    )
    yield f"{mark} `{path}`\n"
    yield f"```text\n{command.get_help(ctx)}\n```\n"
    if isinstance(command, click.Group):
        for name in command.list_commands(ctx):
            below = command.get_command(ctx, name)
            if below is not None:
                yield from _command(below, ctx, f"{path} {name}", mark + "#")


def settings() -> str:
    """Give a table of the options every command takes and their variables."""
    rows = ["| flag | variable | what |", "|---|---|---|"]
    for option in cli.params:
        if isinstance(option, click.Option) and option.name in VARIABLES:
            flags = ", ".join(f"`{flag}`" for flag in option.opts)
            rows.append(f"| {flags} | `{VARIABLES[option.name]}` | {option.help} |")
    return "\n".join(rows)


VARIABLES = {
    "file": "MODELOWNERS_FILE",
    "state": "MODELOWNERS_STATE",
    "user": "MODELOWNERS_USER",
}


def errors() -> str:
    """Give a table of every error: its class, where it stands, its message."""
    for module in pkgutil.walk_packages(modelowners.__path__, "modelowners."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    waiting, found = [ModelownersError], []
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        found.append(kind)
    rows = ["| error | message |", "|---|---|"]
    for kind in sorted(set(found), key=lambda kind: (kind.__module__, kind.__name__)):
        text = inspect.cleandoc(kind.__doc__ or "").partition("\n\nParameters\n---")[0]
        package = kind.__module__.removeprefix("modelowners.")
        message = " ".join(text.split()).replace("|", "\\|")
        rows.append(f"| `{package}.{kind.__name__}` | {message} |")
    return "\n".join(rows)


CODES = {
    "MO001": "the file cannot be read: encoding, size, depth, include",
    "MO002": "a key stands twice",
    "MO003": "an unknown or misplaced key; the nearest known one is named",
    "MO004": "a value of the wrong type or form",
    "MO005": "an anchor, alias, tag, merge key or directive of YAML",
    "MO006": "one key in two files",
    "MO101": "a bad asset id or pattern",
    "MO102": "an unknown person, team, asset or escalation target",
    "MO103": "an alias used twice",
    "MO104": "an unknown time zone",
    "MO105": "ids that differ only in case",
    "MO106": "a pattern that covers no asset of the file",
    "MO107": "a code path or runbook that is not there",
    "MO108": "assets that need one another in a circle",
    "MO201": "an owner who left or is not active, with all that concerns",
    "MO202": "a person nobody can write to",
    "MO301": "an interval in which nobody is accountable",
    "MO302": "an asset without owner",
    "MO303": "`owner: none` without a reason",
    "MO304": "a chain in which only one person ever answers",
    "MO401": "an escalation that is circular or ends in nobody",
    "MO402": "an interval in which not who is on shift would answer",
    "MO404": "two covers of one person at one time",
    "MO501": "an entry nobody confirmed lately",
    "MO502": "a tier 1 asset without runbook",
    "MO503": "a tier 1 asset without a quick fix",
    "MO601": "a secret in the file; the message does not repeat it",
}
"""What each code of the ownership file means; a test compares it with the code."""


def codes() -> str:
    """Give a table of the codes of the ownership file."""
    rows = ["| code | what was found |", "|---|---|"]
    return "\n".join(
        [*rows, *(f"| `{code}` | {what} |" for code, what in CODES.items())]
    )


def contract() -> str:
    """Give a table of every field of `debug --json` and what it may hold."""
    rows = ["| field | holds |", "|---|---|"]
    rows += [f"| `{path}` | {holds} |" for path, holds in _fields(SCHEMA, "")]
    return "\n".join(rows)


def _fields(schema: Schema, path: str) -> Iterator[tuple[str, str]]:
    properties = cast("Mapping[str, Schema]", schema.get("properties", {}))
    for name, below in properties.items():
        inner = f"{path}.{name}" if path else name
        options = cast("Sequence[Schema]", below.get("anyOf", [below]))
        yield inner, " or ".join(_holds(option) for option in options)
        for option in options:
            items = cast("Schema", option.get("items", {}))
            yield from _fields(option, inner)
            yield from _fields(items, f"{inner}[]")


def _holds(schema: Schema) -> str:
    if "enum" in schema:
        words = cast("Sequence[str | None]", schema["enum"])
        return ", ".join(f"`{word}`" for word in words if word is not None)
    if "pattern" in schema:
        return "instant, UTC"
    kinds = schema.get("type", "value")
    named = [kinds] if isinstance(kinds, str) else cast("Sequence[str]", kinds)
    bounds = [schema[key] for key in BOTH if key in schema]
    limits = f" {bounds[0]} to {bounds[1]}" if len(bounds) == len(BOTH) else ""
    return " or ".join(named) + limits


BOTH = ("minimum", "maximum")


def causes() -> str:
    """Give one section a kind of cause: its category and its probe's proof."""
    parts = []
    for kind in CauseKind:
        category = category_of(kind)
        path = PACKAGE / "diagnosis" / "probes" / category / f"{kind}.py"
        proof = _texts(path, "probe") if path.is_file() else UNPROVEN.get(kind, "")
        parts.append(f"## `{kind}`\n\n*{category}*: {proof}\n")
    return "\n".join(parts)


UNPROVEN = {
    CauseKind.UNKNOWN: (
        "The honest rest: no cause reached a probability of one half, repairs explain "
        "little of the harm, or two proofs contradict each other. The page goes to "
        "the owner of the symptom."
    )
}


def checks() -> str:
    """Give one section a kind of check: what it asks and how it is written."""
    folder = PACKAGE / "detection" / "checks"
    files = sorted(p for p in folder.glob("*.py") if p.stem not in NO_KIND)
    return "\n".join(
        f"## `{path.stem}`\n\n{_texts(path)}\n\n"
        f"```yaml\n{KINDS[path.stem].example}```\n"
        for path in files
    )


def _texts(path: Path, *functions: str) -> str:
    """Give the docstrings of a module and of some of its functions as Markdown."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes: list[ast.Module | ast.FunctionDef] = [tree]
    nodes += [
        node
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name in functions
    ]
    return "\n\n".join(_markdown(ast.get_docstring(node) or "") for node in nodes)


def _markdown(docstring: str) -> str:
    """Turn reStructuredText prose into Markdown; indented text becomes YAML."""
    prose = re.split(r"\n\n(?:Parameters|Returns|Raises|Examples)\n---", docstring)[0]
    blocks = []
    for block in prose.replace("``", "`").split("\n\n"):
        if block.startswith("    "):
            blocks.append(f"```yaml\n{textwrap.dedent(block).strip()}\n```")
        else:
            blocks.append(block.replace("::", ":") if block.endswith("::") else block)
    return "\n\n".join(blocks)


def members(kind: type[enum.StrEnum]) -> str:
    """Give the values of an enumeration as a list of words."""
    return ", ".join(f"`{member.value}`" for member in kind)


def events() -> str:
    """Give a table of every kind of event, as the code says it beside each."""
    path = PACKAGE / "incidents" / "events.py"
    rows = ["| event | what happened |", "|---|---|"]
    said = _said_of(path, "EventKind")
    rows += [f"| `{kind.value}` | {said[kind.name]} |" for kind in EventKind]
    return "\n".join(rows)


def _said_of(path: Path, name: str) -> Mapping[str, str]:
    """Give the text that stands below each member of a class."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    (found,) = [
        node
        for node in tree.body
        if isinstance(node, ast.ClassDef) and node.name == name
    ]
    return {
        one.targets[0].id: " ".join(text.value.value.split())
        for one, text in itertools.pairwise(found.body)
        if isinstance(one, ast.Assign)
        and isinstance(one.targets[0], ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }


def states() -> str:
    """Give a table of states: what may follow, and what a person can do."""
    rows = ["| state | may become | what a person can do |", "|---|---|---|"]
    for state in State:
        after = [one for one in State if one in TRANSITIONS[state]]
        acts = [act for act in Act if act in AVAILABLE[state]]
        rows.append(f"| `{state.value}` | {_words(after)} | {_words(acts)} |")
    return "\n".join(rows)


def acts() -> str:
    """Give a table of acts: what each is told, and who may do it."""
    rows = ["| act | is told | who may |", "|---|---|---|"]
    for act in Act:
        told = ", ".join(
            f"`{one.name}`" if one.required else f"(`{one.name}`)"
            for one in ARGUMENTS[act]
        )
        rows.append(f"| `{act.value}` | {told or 'nothing'} | {needed(act)} |")
    return "\n".join(rows)


def _words(values: Sequence[enum.StrEnum]) -> str:
    return ", ".join(f"`{one.value}`" for one in values) or "nothing"
