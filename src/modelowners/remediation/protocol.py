"""
The protocol: how a fix is applied so that the audit never says more than is true.

1. Take the lock: two of ours never act on one thing at a time.
2. Read the registry again; an alias that is not where the plan expects it is
   refused.
3. Write the intent to the audit. Only then act.
4. Act, and read back at once and after ten seconds: a registry without
   compare-and-set lets a stranger's write win unseen.
5. Run the declared hook: a running server does not notice that an alias moved.

Whatever is interrupted after step 3 is settled by reading the registry again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from modelowners.core.secrets import MissingSecret
from modelowners.core.time import Clock
from modelowners.remediation.actions import AliasMove, Command, lock_key
from modelowners.remediation.fixes import (
    Fix,
    Order,
    Reason,
    State,
    StepKind,
)
from modelowners.remediation.ports import (
    ModelRegistry,
    Outcome,
    RegistryFailed,
    Trigger,
    Wait,
)
from modelowners.remediation.refusals import (
    AlreadyThere,
    Locked,
    Moved,
    NoSuchVersion,
    NothingToUndo,
    Overtaken,
)

if TYPE_CHECKING:
    from modelowners.remediation.repository import Fixes, Lock

SECOND_LOOK = timedelta(seconds=10)
"""After so long the alias is read again: a stranger's write may come late."""

SLACK = timedelta(seconds=60)
"""How much longer than planned an act may take before its lock is anybody's."""

TAG_INCIDENT = "modelowners.incident"
TAG_FROM = "modelowners.rolled_back_from"

Registries = Callable[[str], ModelRegistry]
"""Gives a registry by the name of its connector."""


def _ignore(fix: Fix) -> None:
    del fix


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """
    What a fix is applied with.

    Parameters
    ----------
    fixes : Fixes
        The audit and the locks.
    registries : callable
        Gives a registry by name.
    trigger : Trigger
        Runs declared commands.
    clock : Clock
        The present.
    wait : callable
        Lets time pass.
    told : callable
        Hears of each step, once it is written.
    """

    fixes: Fixes
    registries: Registries
    trigger: Trigger
    clock: Clock
    wait: Wait
    told: Callable[[Fix], None] = _ignore

    def write(
        self, fix: Fix, kind: StepKind, body: Mapping[str, object], *, actor: str
    ) -> Fix:
        """Write the next step of a fix, and tell of it."""
        at = self.clock.now()
        written = self.fixes.add(fix, kind, at=at, actor=actor, body=body)
        self.told(written)
        return written


def apply(order: Order, *, tools: Tools) -> Fix:
    """
    Apply a fix: permitted, its gates open.

    Parameters
    ----------
    order : Order
        What to do, by whom, by what right.
    tools : Tools
        Ports and repository.

    Returns
    -------
    Fix
        ``alias_set`` or ``ran`` where it worked, else ``failed``; ``requested``
        where the registry could not be read back, to be settled later.

    Raises
    ------
    Locked
        If somebody else is at it.
    Moved
        If the alias is not where the plan expects it.
    AlreadyThere
        If it has that version.
    NoSuchVersion
        If the registry cannot serve it.
    RegistryFailed
        If the registry cannot be read before anything was done.
    """
    action, fixes = order.action, tools.fixes
    lock = _locked(order, order.actor, tools=tools)
    try:
        if isinstance(action, AliasMove):
            _check(action, order, tools.registries(action.registry))
        fix = fixes.begin(lock, order, at=tools.clock.now())
        tools.told(fix)
        hand = _Hand(tools=tools, lock=lock, actor=order.actor)
        if isinstance(action, AliasMove):
            return hand.move(fix, action)
        return hand.run(fix, action)
    finally:
        fixes.unlock(lock)


def undo(order: Order, fix: Fix, *, tools: Tools) -> Fix:
    """
    Take an alias move back.

    Parameters
    ----------
    order : Order
        With the reversed move, see `reversing`, and whose `undoes` is the fix.
    fix : Fix
        The one to take back.
    tools : Tools
        Ports and repository.

    Returns
    -------
    Fix
        The new fix that moves the alias back; the old one has failed by then,
        for the reason ``taken back``.
    """
    made = apply(order, tools=tools)
    if made.state is State.ALIAS_SET and not fix.terminal:
        body = {"reason": Reason.TAKEN_BACK.value, "by": made.id}
        with suppress(Overtaken):
            tools.write(fix, StepKind.FAILED, body, actor=order.actor)
    return made


def reversing(fix: Fix | None, incident: str) -> AliasMove:
    """
    Give the move that takes a fix back.

    Raises
    ------
    NothingToUndo
        If there is none, it never took effect, or a command did it.
    """
    if fix is None:
        raise NothingToUndo(incident=incident, why="none was applied")
    if not isinstance(fix.action, AliasMove):
        why = f"{fix.id} ran a command, and what that did only its owner can take back"
        raise NothingToUndo(incident=incident, why=why)
    if fix.took_effect is None or fix.state is State.FAILED:
        raise NothingToUndo(incident=incident, why=f"{fix.id} did not take effect")
    return fix.action.reversed()


def settle(fix: Fix, *, tools: Tools, actor: str) -> Fix:
    """
    Bring to its end what was interrupted.

    Parameters
    ----------
    fix : Fix
        Any; one that somebody is still at is left alone.
    tools : Tools
        Ports and repository.
    actor : str
        Who looks.

    Returns
    -------
    Fix
        No longer ``requested``, save where the registry cannot be read.
    """
    if fix.terminal or not _interrupted(fix):
        return fix
    try:
        lock = _locked(fix, actor, tools=tools)
    except Locked:
        return fix
    try:
        fix = tools.fixes.get(fix.id) or fix
        hand = _Hand(tools=tools, lock=lock, actor=actor)
        if isinstance(fix.action, AliasMove):
            return hand.resume(fix, fix.action)
        return hand.conclude(fix)
    except Overtaken:
        return tools.fixes.get(fix.id) or fix
    finally:
        tools.fixes.unlock(lock)


def watch_alias(
    fix: Fix, others: Sequence[Fix] = (), *, tools: Tools, actor: str
) -> Fix:
    """
    See whether an alias is still where a fix put it.

    Parameters
    ----------
    fix : Fix
        Any; only an alias move that is not over is looked at.
    others : sequence of Fix
        Of the same incident: a later one of ours may have moved it on.
    tools : Tools
        Ports and repository.
    actor : str
        Who looks.

    Returns
    -------
    Fix
        ``failed`` (conflict) where somebody else has moved it.
    """
    action = fix.action
    moved = {State.ALIAS_SET, State.SERVING_CONFIRMED}
    if not isinstance(action, AliasMove) or fix.state not in moved:
        return fix
    try:
        found = tools.registries(action.registry).alias(action.model, action.alias)
    except RegistryFailed:
        return fix
    if found == action.to:
        return fix
    reason, why = Reason.CONFLICT, "somebody moved it"
    if (ours := _mover(fix, others, found)) is not None:
        reason, why = Reason.TAKEN_BACK, f"{ours.id} moved it on"
    body = {
        "reason": reason.value,
        "found": found,
        "why": f"the alias has version {found or 'none'} now: {why}",
    }
    return tools.write(fix, StepKind.FAILED, body, actor=actor)


def _mover(fix: Fix, others: Sequence[Fix], found: str | None) -> Fix | None:
    """Give the later fix of ours that left an alias where it was found."""
    key = lock_key(fix.asset, fix.action)
    for one in reversed(others):
        if one.id == fix.id or one.requested_at < fix.requested_at:
            continue
        same = lock_key(one.asset, one.action) == key
        if same and isinstance(one.action, AliasMove) and one.took_effect is not None:
            return one if one.action.to == found else None
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hand:
    """Who acts, under which lock."""

    tools: Tools
    lock: Lock
    actor: str

    def move(self, fix: Fix, action: AliasMove) -> Fix:
        """Set the alias and see that it stays."""
        if not self.tools.fixes.holds(self.lock, now=self.tools.clock.now()):
            why = "the lock ran out before the alias was set"
            return self.fail(fix, Reason.NOT_MADE, why)
        trouble = ""
        try:
            registry = self.tools.registries(action.registry)
            registry.set_alias(action.model, action.alias, action.to)
        except RegistryFailed as error:
            # It may have been carried out: what counts is what is read back.
            trouble = str(error)
        return self.settled(fix, action, trouble)

    def settled(self, fix: Fix, action: AliasMove, trouble: str) -> Fix:
        """Read back now and a while later, and write what was found."""
        found: str | None = None
        for pause in (timedelta(0), SECOND_LOOK):
            if pause:
                self.tools.wait(pause)
            try:
                registry = self.tools.registries(action.registry)
                found = registry.alias(action.model, action.alias)
            except RegistryFailed:
                # Requested it stays: a later look settles it.
                return fix
            if found != action.to:
                break
        if found == action.to:
            body = {"version": action.to, "trouble": trouble or None}
            fix = self.write(fix, StepKind.ALIAS_SET, body)
            return self.after(fix, action)
        if found == action.expect:
            why = trouble or f"the alias still has version {found}"
            return self.fail(fix, Reason.NOT_MADE, why, found=found)
        why = f"the alias has version {found or 'none'} now: somebody else moved it"
        return self.fail(fix, Reason.CONFLICT, why, found=found)

    def resume(self, fix: Fix, action: AliasMove) -> Fix:
        """Go on where it was interrupted."""
        if fix.state is State.REQUESTED:
            return self.settled(fix, action, "it was interrupted")
        return self.after(fix, action)

    def after(self, fix: Fix, action: AliasMove) -> Fix:
        """Tag the version, then run the hook: each once."""
        if fix.last(StepKind.TAGGED) is None:
            fix = self.tag(fix, action)
        hook, begun = action.hook, fix.last(StepKind.COMMAND_STARTED)
        if hook is None or fix.last(StepKind.COMMAND_FINISHED) is not None:
            return fix
        if begun is not None:
            said = "we stopped while it ran; how it ended is not known"
            body = {"name": hook.name, "code": None, "said": said}
            return self.write(fix, StepKind.COMMAND_FINISHED, body)
        return self.command(fix, hook)

    def tag(self, fix: Fix, action: AliasMove) -> Fix:
        """Say in the registry itself why the alias is there; failing is no harm."""
        tags = {TAG_INCIDENT: str(fix.incident), TAG_FROM: action.expect}
        why: str | None = None
        try:
            registry = self.tools.registries(action.registry)
            registry.tag(action.model, action.to, tags)
        except RegistryFailed as error:
            why = str(error)
        return self.write(fix, StepKind.TAGGED, {"tags": tags, "trouble": why})

    def run(self, fix: Fix, command: Command) -> Fix:
        """Run a declared command that is the fix itself."""
        return self.conclude(self.command(fix, command))

    def conclude(self, fix: Fix) -> Fix:
        """Write what the end of a command means for its fix."""
        if fix.state is not State.REQUESTED:
            return fix
        ended = fix.last(StepKind.COMMAND_FINISHED)
        if ended is None:
            why = "we stopped before its command's end was known"
            return self.fail(fix, Reason.INTERRUPTED, why)
        if ended.body.get("code") == 0:
            return self.write(fix, StepKind.RAN, {"name": ended.body.get("name")})
        return self.fail(fix, Reason.COMMAND, str(ended.body.get("said")))

    def command(self, fix: Fix, command: Command) -> Fix:
        """Run a command, with a row before and after."""
        fix = self.write(fix, StepKind.COMMAND_STARTED, {"command": command.plain()})
        try:
            outcome = self.tools.trigger.run(command)
        except MissingSecret as error:
            outcome = Outcome(code=None, why=str(error))
        body = {
            "name": command.name,
            "code": outcome.code,
            "seconds": round(outcome.seconds, 3),
            "output": outcome.output,
            "said": str(outcome),
        }
        return self.write(fix, StepKind.COMMAND_FINISHED, body)

    def fail(
        self, fix: Fix, reason: Reason, why: str, *, found: str | None = None
    ) -> Fix:
        """Write that it failed, and why."""
        body = {"reason": reason.value, "why": why, "found": found}
        return self.write(fix, StepKind.FAILED, body)

    def write(self, fix: Fix, kind: StepKind, body: Mapping[str, object]) -> Fix:
        """Write a step as whoever acts."""
        return self.tools.write(fix, kind, body, actor=self.actor)


def _locked(of: Order | Fix, actor: str, *, tools: Tools) -> Lock:
    """
    Take the lock for as long as the act may last.

    Raises
    ------
    Locked
        If somebody else is at it.
    """
    action, now = of.action, tools.clock.now()
    command = action.hook if isinstance(action, AliasMove) else action
    lasting = SECOND_LOOK + SLACK + (command.timeout if command else timedelta(0))
    key = lock_key(of.asset, action)
    fix = of.id if isinstance(of, Fix) else ""
    try:
        return tools.fixes.lock(
            key, holder=actor.partition(":")[2], now=now, until=now + lasting, fix=fix
        )
    except Locked as error:
        raise Locked(**{**error.details, "incident": of.incident}) from None


def _check(action: AliasMove, order: Order, registry: ModelRegistry) -> None:
    """
    Read the registry again before anything is written.

    Raises
    ------
    AlreadyThere
        If the alias has the version.
    Moved
        If it has another than the plan expects.
    NoSuchVersion
        If the version is not there, or not ready.
    """
    key = f"{action.registry}:{action.model}@{action.alias}"
    found = registry.alias(action.model, action.alias)
    if found == action.to:
        raise AlreadyThere(key=key, to=action.to, incident=order.incident)
    if found != action.expect:
        raise Moved(
            key=key,
            found=found or "none",
            expected=action.expect,
            incident=order.incident,
        )
    known = registry.version(action.model, action.to)
    if known is None or not known.ready:
        raise NoSuchVersion(
            version=action.to,
            model=action.model,
            why="it is not there" if known is None else "it is not ready",
            incident=order.incident,
        )


def _interrupted(fix: Fix) -> bool:
    """Tell whether something is left to do that nobody waits for."""
    if fix.state is State.REQUESTED:
        return True
    action = fix.action
    if not isinstance(action, AliasMove) or fix.state is not State.ALIAS_SET:
        return False
    untagged = fix.last(StepKind.TAGGED) is None
    unhooked = action.hook is not None and fix.last(StepKind.COMMAND_FINISHED) is None
    return untagged or unhooked
