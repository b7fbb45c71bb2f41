"""Small worlds for tests of fixes: a registry that errs, a trigger that remembers."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from modelowners.connectors.testing import MemoryRegistry
from modelowners.core.ids import AssetId, IncidentId, asset_id
from modelowners.core.time import VirtualClock, parse_instant
from modelowners.remediation.actions import Action, AliasMove, Command
from modelowners.remediation.fixes import Fix, Order
from modelowners.remediation.ports import ModelRegistry, Outcome, RegistryFailed
from modelowners.remediation.protocol import Tools
from modelowners.remediation.repository import Fixes
from modelowners.store.database import Database

T = TypeVar("T")

CHURN = asset_id("model:churn")
INC = IncidentId("INC-1")
START = parse_instant("2026-06-10T12:00Z")
RELOAD = Command(name="reload", argv=("./reload", "now"), timeout=timedelta(seconds=60))
BACK = AliasMove(registry="mlflow", model="churn", alias="champion", expect="2", to="1")
BACK_AND_RELOAD = AliasMove(
    registry="mlflow",
    model="churn",
    alias="champion",
    expect="2",
    to="1",
    hook=RELOAD,
)
KEY = "churn@champion"


class Killed(BaseException):
    """The process died here: nothing of ours catches it."""


class Stubborn(MemoryRegistry):
    """
    A registry whose calls follow a script, one entry a call.

    ``ok`` answers; ``fail`` does nothing and says so; ``lost`` does it and says
    that it failed; ``foreign`` lets a stranger move the alias to 3 first;
    ``late`` lets the stranger do so right after; ``die`` kills before, ``dead``
    after. When the script is over every call is ``ok``.
    """

    def __init__(self, script: Sequence[str] = ()) -> None:
        super().__init__({"churn": ["1", "2", "3"]}, {KEY: "2"})
        self.script = list(script)

    def alias(self, model: str, alias: str) -> str | None:
        """Answer as scripted."""
        return self._scripted(lambda: super(Stubborn, self).alias(model, alias))

    def set_alias(self, model: str, alias: str, version: str) -> None:
        """Set as scripted."""
        self._scripted(lambda: super(Stubborn, self).set_alias(model, alias, version))

    def tag(self, model: str, version: str, tags: Mapping[str, str]) -> None:
        """Tag as scripted."""
        self._scripted(lambda: super(Stubborn, self).tag(model, version, tags))

    def _scripted(self, act: Callable[[], T]) -> T:
        said = self.script.pop(0) if self.script else "ok"
        if said == "die":
            raise Killed
        if said == "foreign":
            self.aliases[KEY] = "3"
        if said == "fail":
            raise RegistryFailed(registry="memory", act="answer", why="it is down")
        found = act()
        if said == "late":
            self.aliases[KEY] = "3"
        if said == "dead":
            raise Killed
        if said == "lost":
            raise RegistryFailed(registry="memory", act="answer", why="no answer came")
        return found


class FileRegistry(MemoryRegistry):
    """A registry in a file, for several processes; it counts how often it was set."""

    def __init__(self, place: Path) -> None:
        super().__init__({"churn": ["1", "2", "3"]})
        self._place = place

    def read(self) -> dict[str, str]:
        """Give every alias."""
        found: dict[str, str] = json.loads(self._place.read_text())
        return found

    def write(self, aliases: Mapping[str, object]) -> None:
        """Write every alias, whole or not at all."""
        new = self._place.with_name(f"{os.getpid()}.new")
        new.write_text(json.dumps(aliases))
        new.replace(self._place)

    def alias(self, model: str, alias: str) -> str | None:
        """Read one."""
        return self.read().get(f"{model}@{alias}")

    def set_alias(self, model: str, alias: str, version: str) -> None:
        """Set one, and count."""
        known = self.read()
        sets = int(known.get("sets", 0)) + 1
        self.write({**known, f"{model}@{alias}": version, "sets": sets})


@dataclass
class Recorder:
    """A trigger that runs nothing and remembers everything."""

    outcome: Outcome = field(default_factory=lambda: Outcome(code=0, seconds=1.5))
    ran: list[Command] = field(default_factory=list)
    dies: bool = False

    def run(self, command: Command) -> Outcome:
        """Remember a command."""
        self.ran.append(command)
        if self.dies:
            raise Killed
        return self.outcome


@dataclass
class Workshop:
    """Everything a fix is applied with, in memory."""

    registry: ModelRegistry = field(default_factory=Stubborn)
    trigger: Recorder = field(default_factory=Recorder)
    clock: VirtualClock = field(default_factory=lambda: VirtualClock(START))
    database: Database = field(default_factory=lambda: Database.open(":memory:"))
    heard: list[Fix] = field(default_factory=list)
    waited: list[timedelta] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.fixes = Fixes(self.database)

    @property
    def tools(self) -> Tools:
        """What the verbs take."""
        return Tools(
            fixes=self.fixes,
            registries=lambda name: self.registry,
            trigger=self.trigger,
            clock=self.clock,
            wait=self._wait,
            told=self.heard.append,
        )

    def _wait(self, length: timedelta) -> None:
        self.waited.append(length)
        self.clock.advance(length)


def order(
    action: Action = BACK,
    *,
    person: str = "ana",
    asset: AssetId = CHURN,
    undoes: str | None = None,
) -> Order:
    """Ask for an action, permitted and with open gates."""
    return Order(
        incident=INC,
        asset=asset,
        action=action,
        actor=f"person:{person}",
        why="because",
        right={"roles": ["accountable"], "break_glass": None},
        undoes=undoes,
    )


def kinds(fix: Fix) -> list[str]:
    """Give the kinds of a fix's steps."""
    return [str(step.kind) for step in fix.steps]


def at(text: str) -> datetime:
    """Read an instant."""
    return parse_instant(text)
