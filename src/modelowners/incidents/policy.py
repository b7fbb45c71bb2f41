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


ALLOWED: Mapping[Act, frozenset[Relation]] = {
    Act.NOTE: frozenset({Relation.MEMBER}),
    Act.ACK: frozenset({Relation.MEMBER}),
    Act.ASSIGN: frozenset({Relation.MEMBER}),
    Act.NOT_MINE: frozenset({Relation.HOLDER}),
    Act.CONFIRM_CAUSE: frozenset({Relation.HOLDER, Relation.CAUSE_ROLE}),
    Act.RESOLVE: frozenset({Relation.HOLDER, Relation.ASSET_ROLE, Relation.CAUSE_ROLE}),
}
"""An act is allowed to whoever has one of these relations and is a member."""


def allowed(act: Act, relations: Collection[Relation]) -> bool:
    """
    Tell whether someone with these relations may do an act.

    Parameters
    ----------
    act : Act
        What is asked for.
    relations : collection of Relation
        Of the person, to this incident, now. Without `MEMBER` nothing is
        allowed: whoever has left holds nothing.

    Examples
    --------
    >>> allowed(Act.NOT_MINE, {Relation.MEMBER})
    False
    >>> allowed(Act.NOT_MINE, {Relation.MEMBER, Relation.HOLDER})
    True
    """
    held = set(relations)
    return Relation.MEMBER in held and not held.isdisjoint(ALLOWED[act])


def needed(act: Act) -> str:
    """
    Say in words who may do an act.

    Examples
    --------
    >>> needed(Act.NOT_MINE)
    'only its holder may'
    """
    words = {
        Act.NOT_MINE: "only its holder may",
        Act.CONFIRM_CAUSE: (
            "only its holder or who answers for the cause's asset "
            "(accountable, responder, deputy) may"
        ),
        Act.RESOLVE: (
            "only its holder or who answers for its model or its cause "
            "(accountable, responder, deputy) may"
        ),
    }
    return words.get(act, "only people declared in the ownership file may")
