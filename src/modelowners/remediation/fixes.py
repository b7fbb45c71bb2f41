"""A fix: what the steps in the audit add up to."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from modelowners.core.ids import AssetId, IncidentId
from modelowners.remediation.actions import (
    Action,
    AliasMove,
    action_json,
    read_action,
)

Json = Mapping[str, object]


class State(enum.StrEnum):
    """How far a fix has come."""

    REQUESTED = "requested"
    """Written down and begun; whether it was done is not known yet."""

    ALIAS_SET = "alias_set"
    """The registry has it. What is served is another matter."""

    RAN = "ran"
    """The command ended well."""

    SERVING_CONFIRMED = "serving_confirmed"
    """New rows carry the version."""

    RECOVERED = "recovered"
    """The symptom's metric is back for one full window."""

    FAILED = "failed"


TERMINAL = frozenset({State.RECOVERED, State.FAILED})

FOLLOWS: Mapping[State, frozenset[State]] = {
    State.REQUESTED: frozenset({State.ALIAS_SET, State.RAN, State.FAILED}),
    State.ALIAS_SET: frozenset({State.SERVING_CONFIRMED, State.FAILED}),
    State.RAN: frozenset({State.RECOVERED, State.FAILED}),
    State.SERVING_CONFIRMED: frozenset({State.RECOVERED, State.FAILED}),
    State.RECOVERED: frozenset(),
    State.FAILED: frozenset(),
}
"""Which state may follow which."""


class Reason(enum.StrEnum):
    """Why a fix failed."""

    CONFLICT = "conflict"
    """Somebody else moved the alias."""

    NOT_MADE = "not made"
    """The registry still has the version from before."""

    COMMAND = "command"
    """The command ended badly, or in time out."""

    INTERRUPTED = "interrupted"
    """We stopped while the command ran: how it ended is not known."""

    TAKEN_BACK = "taken back"
    """It was undone."""


class StepKind(enum.StrEnum):
    """What a row of the audit says."""

    REQUESTED = "requested"
    ALIAS_SET = "alias_set"
    TAGGED = "tagged"
    COMMAND_STARTED = "command.started"
    COMMAND_FINISHED = "command.finished"
    RAN = "ran"
    SERVED = "serving_confirmed"
    RECOVERED = "recovered"
    FAILED = "failed"


_LEADS: Mapping[str, State] = {
    StepKind.ALIAS_SET: State.ALIAS_SET,
    StepKind.RAN: State.RAN,
    StepKind.SERVED: State.SERVING_CONFIRMED,
    StepKind.RECOVERED: State.RECOVERED,
    StepKind.FAILED: State.FAILED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """
    One row of the audit.

    Parameters
    ----------
    n : int
        Its place in the fix, from 1 without gaps.
    kind : str
        A member of `StepKind`, or one of a later release.
    at : datetime
        UTC; when it was written.
    actor : str
        ``person:NAME``, or ``system:loop``.
    body : mapping of str to JSON value
        What is particular to the kind.
    """

    n: int
    kind: str
    at: datetime
    actor: str
    body: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """
    A fix as the audit tells it.

    Parameters
    ----------
    id : str
        Such as ``FIX-3``.
    incident : IncidentId
        What it is to mend.
    asset : AssetId
        What is acted on.
    action : Action
        What is done to it.
    state : State
        How far it has come.
    actor : str
        Who applied it.
    steps : tuple of Step
        Every row, oldest first.
    reason : str or None
        Why it failed.
    undoes : str or None
        The fix that it takes back.
    """

    id: str
    incident: IncidentId
    asset: AssetId
    action: Action
    state: State
    actor: str
    steps: tuple[Step, ...]
    reason: str | None = None
    undoes: str | None = None

    @property
    def n(self) -> int:
        """Number of its last step."""
        return len(self.steps)

    @property
    def terminal(self) -> bool:
        """Whether it is over."""
        return self.state in TERMINAL

    @property
    def requested_at(self) -> datetime:
        """UTC; when it was begun."""
        return self.steps[0].at

    @property
    def took_effect(self) -> datetime | None:
        """UTC; when the alias was set or the command ended well; None before."""
        effects = (StepKind.ALIAS_SET, StepKind.RAN)
        return next((step.at for step in self.steps if step.kind in effects), None)

    @property
    def confirmed_at(self) -> datetime | None:
        """UTC; when it was known to be served, or a command to have ended well."""
        effects = (StepKind.SERVED, StepKind.RAN)
        return next((step.at for step in self.steps if step.kind in effects), None)

    @property
    def unconfirmed(self) -> bool:
        """Whether the alias has moved and nothing shows that it is served."""
        return self.state is State.ALIAS_SET

    def last(self, kind: StepKind) -> Step | None:
        """Give its newest step of a kind."""
        found = [step for step in self.steps if step.kind == kind]
        return found[-1] if found else None

    def may_become(self, state: State) -> bool:
        """Tell whether a state may follow the present one."""
        return state in FOLLOWS[self.state]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """
    What is about to be done, by whom, and by what right: the audit's first row.

    Parameters
    ----------
    incident : IncidentId
        What it is to mend.
    asset : AssetId
        What is acted on.
    action : Action
        What to do.
    actor : str
        ``person:NAME``.
    why : str
        Why this, for a person.
    right : mapping of str to JSON value
        The relation that allows it, or the reason of a break-glass.
    gates : sequence of mapping
        Each gate with its verdict.
    undoes : str or None
        The fix that it takes back.
    """

    incident: IncidentId
    asset: AssetId
    action: Action
    actor: str
    why: str = ""
    right: Json = field(default_factory=dict)
    gates: Sequence[Json] = ()
    undoes: str | None = None

    def plain(self) -> dict[str, object]:
        """Give the body of the first row."""
        return {
            "asset": self.asset,
            "action": action_json(self.action),
            "why": self.why,
            "right": dict(self.right),
            "gates": [dict(gate) for gate in self.gates],
            "undoes": self.undoes,
        }


def fold(id: str, incident: IncidentId, steps: Sequence[Step]) -> Fix:  # noqa: A002 - the field's name
    """
    Add up the steps of one fix.

    Parameters
    ----------
    id : str
        Of the fix.
    incident : IncidentId
        What it mends.
    steps : sequence of Step
        At least the first; any prefix will do.

    Returns
    -------
    Fix
        A step that its state does not allow leaves the state alone.
    """
    first = steps[0]
    action = first.body["action"]
    assert isinstance(action, Mapping)  # noqa: S101 - `Order.plain` wrote it
    undoes = first.body.get("undoes")
    fix = Fix(
        id=id,
        incident=incident,
        asset=AssetId(str(first.body["asset"])),
        action=read_action(action),
        state=State.REQUESTED,
        actor=first.actor,
        steps=(first,),
        undoes=str(undoes) if undoes else None,
    )
    for step in steps[1:]:
        fix = advance(fix, step)
    return fix


def advance(fix: Fix, step: Step) -> Fix:
    """Add one step to what came before."""
    fix = replace(fix, steps=(*fix.steps, step))
    state = _LEADS.get(step.kind)
    if state is None or not fix.may_become(state):
        return fix
    reason = step.body.get("reason")
    return replace(
        fix, state=state, reason=str(reason) if state is State.FAILED else None
    )


def serving_since(fix: Fix, others: Sequence[Fix]) -> datetime | None:
    """
    Say from when on new rows tell whether a version is served.

    Parameters
    ----------
    fix : Fix
        An alias move.
    others : sequence of Fix
        Every fix of the same incident: what was run after the move counts.

    Returns
    -------
    datetime or None
        UTC: the move, or the end of the last command run after it; None
        before the move.
    """
    moved = fix.took_effect
    if moved is None or not isinstance(fix.action, AliasMove):
        return moved
    ended = [
        step.at
        for one in (fix, *others)
        for step in one.steps
        if step.kind in {StepKind.COMMAND_FINISHED, StepKind.RAN}
    ]
    return max([moved, *(at for at in ended if at > moved)])
