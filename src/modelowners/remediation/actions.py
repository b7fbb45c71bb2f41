"""Actions: what a fix does, as values: move an alias, or run a declared command."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Self

from modelowners.core.ids import AssetId

Json = Mapping[str, object]

TIMEOUT = timedelta(minutes=10)
"""How long a command may run where its declaration states no limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """
    A command its owner declared.

    Parameters
    ----------
    name : str
        Such as ``reload``.
    argv : tuple of str
        Program and arguments, handed over as they are: no shell reads them.
    timeout : timedelta
        After so long it is ended, with everything it started.
    secrets : mapping of str to str
        Variables it gets besides a bare environment, and the references they
        are resolved from; no others.
    """

    name: str
    argv: tuple[str, ...]
    timeout: timedelta = TIMEOUT
    secrets: Mapping[str, str] = field(default_factory=dict)

    def plain(self) -> dict[str, object]:
        """Give it as the audit keeps it: secrets as references."""
        return {
            "name": self.name,
            "argv": list(self.argv),
            "timeout_s": int(self.timeout.total_seconds()),
            "secrets": dict(self.secrets),
        }

    @classmethod
    def read(cls, plain: Json) -> Self:
        """Read what `plain` wrote."""
        argv, secrets = plain["argv"], plain.get("secrets")
        return cls(
            name=str(plain["name"]),
            argv=tuple(map(str, argv if isinstance(argv, list) else ())),
            timeout=timedelta(seconds=int(str(plain["timeout_s"]))),
            secrets={
                str(name): str(reference)
                for name, reference in (
                    secrets.items() if isinstance(secrets, Mapping) else ()
                )
            },
        )

    def __str__(self) -> str:
        return f"run {self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AliasMove:
    """
    An alias of a registered model, moved from one version to another.

    Parameters
    ----------
    registry : str
        Connector that reaches the registry, such as ``mlflow``.
    model, alias : str
        As the registry calls them; case matters.
    expect, to : str
        The version the alias must still have, and the one it gets.
    hook : Command or None
        Run once the alias has moved: a running server does not notice.
    """

    registry: str
    model: str
    alias: str
    expect: str
    to: str
    hook: Command | None = None

    def plain(self) -> dict[str, object]:
        """Give it as the audit keeps it."""
        return {
            "registry": self.registry,
            "model": self.model,
            "alias": self.alias,
            "expect": self.expect,
            "to": self.to,
            "hook": self.hook.plain() if self.hook else None,
        }

    @classmethod
    def read(cls, plain: Json) -> Self:
        """Read what `plain` wrote."""
        names = ("registry", "model", "alias", "expect", "to")
        registry, model, alias, expect, to = (str(plain[name]) for name in names)
        hook = plain.get("hook")
        return cls(
            registry=registry,
            model=model,
            alias=alias,
            expect=expect,
            to=to,
            hook=Command.read(hook) if isinstance(hook, Mapping) else None,
        )

    def reversed(self) -> AliasMove:
        """Give the move that takes it back."""
        return AliasMove(
            registry=self.registry,
            model=self.model,
            alias=self.alias,
            expect=self.to,
            to=self.expect,
            hook=self.hook,
        )

    def __str__(self) -> str:
        return (
            f"move {self.registry}:{self.model}@{self.alias} "
            f"from version {self.expect} to {self.to}"
        )


Action = AliasMove | Command


def action_json(action: Action) -> dict[str, object]:
    """
    Give an action as the audit keeps it, with its kind.

    Examples
    --------
    >>> action_json(Command(name="reload", argv=("./reload",)))["kind"]
    'command'
    """
    kind = "alias" if isinstance(action, AliasMove) else "command"
    return {"kind": kind, **action.plain()}


def read_action(plain: Json) -> Action:
    """
    Read what `action_json` wrote.

    Examples
    --------
    >>> one = AliasMove(registry="mlflow", model="m", alias="a", expect="2", to="1")
    >>> read_action(action_json(one)) == one
    True
    """
    if plain["kind"] == "alias":
        return AliasMove.read(plain)
    return Command.read(plain)


def lock_key(asset: AssetId, action: Action) -> str:
    """
    Name what only one fix may hold at a time.

    Parameters
    ----------
    asset : AssetId
        The acted-on asset.
    action : Action
        What is to be done to it.

    Examples
    --------
    >>> one = AliasMove(registry="mlflow", model="m", alias="a", expect="2", to="1")
    >>> lock_key(AssetId("model:m"), one)
    'mlflow:m@a'
    """
    if isinstance(action, AliasMove):
        return f"{action.registry}:{action.model}@{action.alias}"
    return f"{asset}#{action.name}"
