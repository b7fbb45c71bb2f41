"""
The `fix` facet: what an owner lets be done to an asset, and how.

::

    fix:
      alias: {registry: mlflow, model: churn, name: champion}
      reload: {command: [./reload.sh, churn], timeout: 60s}
      retrain: {command: [make, retrain], secrets: [TRAIN_TOKEN]}
      quarantine: {command: [./quarantine.sh]}
      on_alias_change: reload
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from modelowners.core.errors import BadTime
from modelowners.core.facets import Facet, Node, describe, items, mapping, text, texts
from modelowners.core.ids import AssetId
from modelowners.core.secrets import read_reference
from modelowners.core.time import DAY, parse_duration
from modelowners.remediation.actions import TIMEOUT, Command

COMMANDS: Mapping[str, str] = {
    "reload": "let the running server take up what the registry says",
    "retrain": "train anew, on data that is sound again",
    "quarantine": "keep the broken input away from the model",
}
"""Every command an owner can declare, and what it is for."""

HOOK = "on_alias_change"
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
REGISTRY = "mlflow"
LONGEST = DAY


@dataclass(frozen=True, slots=True)
class Alias:
    """
    The alias that decides which version is served.

    Parameters
    ----------
    registry : str
        Name of the connector.
    model, name : str
        The registered model and its alias.
    """

    registry: str
    model: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """
    What the owner of an asset lets be done to it.

    Parameters
    ----------
    asset : AssetId
        Which.
    alias : Alias or None
        What a rollback moves.
    commands : mapping of str to Command
        By name, see `COMMANDS`.
    hook : str or None
        The command that is run once the alias has moved.
    place : str
        ``file:line:column`` of the section.
    """

    asset: AssetId
    alias: Alias | None = None
    commands: Mapping[str, Command] = field(default_factory=dict)
    hook: str | None = None
    place: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Every action that is declared."""
        return (*(["alias"] if self.alias else []), *self.commands)


def read_fix(asset: AssetId, facet: Facet, root: Path) -> Declaration:
    """
    Read a `fix` facet.

    Parameters
    ----------
    asset : AssetId
        The asset.
    facet : Facet
        Its `fix` section.
    root : Path
        Folder of the ownership file; nothing is read from it.

    Returns
    -------
    Declaration
        What may be done.

    Raises
    ------
    BadFacet
        At the first key or value that is wrong, with its place.

    Examples
    --------
    >>> from modelowners.core.ids import asset_id
    >>> node = Node({"alias": Node("champion", "f.yaml", 3, 9)}, "f.yaml", 2, 7)
    >>> read_fix(asset_id("model:churn"), Facet("fix", node), Path()).alias
    Alias(registry='mlflow', model='churn', name='champion')
    """
    del root
    node = facet.node
    found = mapping(node, dict.fromkeys(("alias", "rollback", HOOK, *COMMANDS)))
    if "rollback" in found:
        found = {**found, **_rollback(found)}
    if not set(found) - {HOOK, "rollback"}:
        raise node.refuse(f"expected alias, or one of {', '.join(COMMANDS)}")
    commands = {name: _command(name, found[name]) for name in COMMANDS if name in found}
    hook = text(found[HOOK]) if HOOK in found else None
    if hook is not None and hook not in commands:
        known = ", ".join(commands) or "none is declared"
        raise found[HOOK].refuse(
            f'expected a command declared beside it ({known}), found "{hook}"'
        )
    if hook is not None and "alias" not in found:
        raise found[HOOK].refuse("needs an alias beside it")
    return Declaration(
        asset=asset,
        alias=_alias(asset, found["alias"]) if "alias" in found else None,
        commands=commands,
        hook=hook,
        place=node.place,
    )


def _rollback(found: Mapping[str, Node]) -> Mapping[str, Node]:
    """Read ``rollback: {alias: …}``, which says the same as ``alias: …``."""
    node = found["rollback"]
    inner = mapping(node, {"alias": None})
    if "alias" not in inner:
        raise node.refuse("expected an alias, such as rollback: {alias: champion}")
    if "alias" in found:
        raise node.refuse("alias stands beside it; write one of the two")
    return inner


def _alias(asset: AssetId, node: Node) -> Alias:
    bare = asset.partition(":")[2]
    if not isinstance(node.value, dict):
        return Alias(REGISTRY, bare, _name(node))
    found = mapping(node, dict.fromkeys(("model", "name", "registry")))
    if "name" not in found:
        raise node.refuse("an alias needs its name, such as name: champion")
    return Alias(
        registry=_name(found["registry"]) if "registry" in found else REGISTRY,
        model=_name(found["model"]) if "model" in found else bare,
        name=_name(found["name"]),
    )


def _name(node: Node) -> str:
    name = text(node)
    if not name.strip() or not name.isprintable():
        raise node.refuse(f"expected a printable name, found {describe(node)}")
    return name


def _command(name: str, node: Node) -> Command:
    if not isinstance(node.value, dict):
        raise node.refuse(
            f"expected {{command: [program, argument]}}, found {describe(node)}"
        )
    found = mapping(node, dict.fromkeys(("command", "secrets", "timeout")))
    if "command" not in found:
        raise node.refuse("expected command: [program, argument]")
    argv = found["command"]
    if not isinstance(argv.value, list) or not argv.value:
        raise argv.refuse(
            "expected a list such as [./reload.sh, churn]: no shell reads it, "
            f"found {describe(argv)}"
        )
    words = texts(argv)
    if not words[0] or any("\0" in word for word in words):
        raise argv.refuse("expected a program and its arguments, without null bytes")
    return Command(
        name=name,
        argv=words,
        timeout=_timeout(found["timeout"]) if "timeout" in found else TIMEOUT,
        secrets=_secrets(found["secrets"]) if "secrets" in found else {},
    )


def _timeout(node: Node) -> timedelta:
    try:
        found = parse_duration(text(node))
    except BadTime as error:
        raise node.refuse(str(error)) from None
    if not timedelta(0) < found <= LONGEST:
        raise node.refuse(f"expected a duration from 1s to 1d, found {describe(node)}")
    return found


def _secrets(node: Node) -> dict[str, str]:
    """Read names of variables, or names with the references they come from."""
    if isinstance(node.value, dict):
        return {
            _variable(child, name): read_reference(child)
            for name, child in mapping(node).items()
        }
    names = [_variable(child, text(child)) for child in items(node)]
    return {name: f"${{{name}}}" for name in names}


def _variable(node: Node, name: str) -> str:
    if VARIABLE.fullmatch(name) is None:
        raise node.refuse(
            f'expected the name of an environment variable, found "{name}"'
        )
    return name
