"""Policy: who may do what to an incident. The one place that decides it."""

from __future__ import annotations

import enum
from collections.abc import Collection, Mapping

from modelowners.incidents.incident import Act


class Relation(enum.StrEnum):
    """What ties a person to an incident, read at the moment of the act."""

    MEMBER = "member"
    """Declared under ``people`` and still here."""

    HOLDER = "holder"
    """The named person of the tenure, or a member of the team that holds it."""

    ASSET_ROLE = "answers for the incident's asset"
    """Accountable, responder or deputy of the model that shows the symptom."""

    CAUSE_ROLE = "answers for the cause's asset"
    """Accountable, responder or deputy of the asset said to be the cause."""

    FIX_ROLE = "answers for the asset acted on"
    """Accountable, responder or deputy of the asset that a fix changes."""


class Deed(enum.StrEnum):
    """What a person can do through an incident to an asset."""

    FIX = "fix"
    """Apply a fix, or take it back."""


MEMBERS = frozenset({Relation.MEMBER})
OWNERS = frozenset({Relation.HOLDER, Relation.ASSET_ROLE})
ENDERS = OWNERS | {Relation.CAUSE_ROLE}

ALLOWED: Mapping[Act | Deed, frozenset[Relation]] = {
    Act.NOTE: MEMBERS,
    Act.ACK: MEMBERS,
    Act.ASSIGN: MEMBERS,
    Act.MERGE: MEMBERS,
    Act.UNMERGE: MEMBERS,
    # To raise an alarm again must be as easy as to take it on.
    Act.REOPEN: MEMBERS,
    Act.NOT_MINE: frozenset({Relation.HOLDER}),
    Act.CONFIRM_CAUSE: frozenset({Relation.HOLDER, Relation.CAUSE_ROLE}),
    Act.MITIGATE: ENDERS,
    Act.RESOLVE: ENDERS,
    Act.DISMISS: OWNERS,
    Act.SNOOZE: OWNERS,
    Act.SEVERITY: OWNERS,
    Deed.FIX: frozenset({Relation.FIX_ROLE}),
}
"""An act is allowed to whoever has one of these relations and is a member."""

BREAKABLE = frozenset({Deed.FIX})
"""What any member may do by break-glass: the relation is waived, nothing else."""


def allowed(
    act: Act | Deed, relations: Collection[Relation], *, break_glass: bool = False
) -> bool:
    """
    Tell whether someone with these relations may do an act.

    Parameters
    ----------
    act : Act or Deed
        What is asked for.
    relations : collection of Relation
        Of the person, to this incident, now. Without `MEMBER` nothing is
        allowed: whoever has left holds nothing.
    break_glass : bool
        Whether they take it on themselves, on the record.

    Examples
    --------
    >>> allowed(Act.NOT_MINE, {Relation.MEMBER})
    False
    >>> allowed(Act.NOT_MINE, {Relation.MEMBER, Relation.HOLDER})
    True
    >>> allowed(Deed.FIX, {Relation.MEMBER}, break_glass=True)
    True
    """
    held = set(relations)
    enough = set(ALLOWED[act])
    if break_glass and act in BREAKABLE:
        enough |= MEMBERS
    return Relation.MEMBER in held and not held.isdisjoint(enough)


def needed(act: Act | Deed) -> str:
    """
    Say in words who may do an act.

    Examples
    --------
    >>> needed(Act.NOT_MINE)
    'only its holder may'
    """
    words = {
        frozenset({Relation.HOLDER}): "only its holder may",
        frozenset({Relation.HOLDER, Relation.CAUSE_ROLE}): (
            "only its holder or who answers for the cause's asset "
            "(accountable, responder, deputy) may"
        ),
        ENDERS: (
            "only its holder or who answers for its model or its cause "
            "(accountable, responder, deputy) may"
        ),
        OWNERS: (
            "only its holder or who answers for its model "
            "(accountable, responder, deputy) may"
        ),
        frozenset({Relation.FIX_ROLE}): (
            "only who answers for the asset it acts on "
            "(accountable, responder, deputy) may"
        ),
        MEMBERS: "only people declared in the ownership file may",
    }
    return words[ALLOWED[act]]
