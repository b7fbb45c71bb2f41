"""Policy: by what right somebody applies or undoes a fix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from modelowners.core.ids import AssetId, IncidentId
from modelowners.incidents.policy import Deed, Relation, allowed
from modelowners.remediation.refusals import NotAMember, NotYourFix

ROLES = ("accountable", "deputy", "responder")
"""Any of these of the acted-on asset, at the moment of the act, is enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Applicant:
    """
    Who wants to act, and what ties them to the acted-on asset at that moment.

    Parameters
    ----------
    person : str
        Key under ``people``.
    member : bool
        Whether they are declared and still here.
    roles : sequence of str
        Those of `ROLES` they hold for the asset.
    """

    person: str
    member: bool
    roles: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """
    By what right somebody acts.

    Parameters
    ----------
    person : str
        Who.
    roles : tuple of str
        Their relation to the asset; empty where they break the glass.
    break_glass : str or None
        Their reason, where the relation is waived.
    """

    person: str
    roles: tuple[str, ...] = ()
    break_glass: str | None = None

    def plain(self) -> dict[str, object]:
        """Give it as the audit keeps it."""
        return {"roles": list(self.roles), "break_glass": self.break_glass}

    def __str__(self) -> str:
        if self.break_glass is not None:
            return f"{self.person} breaks the glass: {self.break_glass}"
        return f"{self.person} is {' and '.join(self.roles)}"


def permit(
    applicant: Applicant,
    *,
    asset: AssetId,
    incident: IncidentId,
    may: Sequence[str],
    break_glass: str | None = None,
) -> Right:
    """
    Say by what right somebody may act on an asset, or refuse.

    The owner needs no one else's approval. Breaking the glass waives the
    relation, nothing else: gates are judged all the same.

    Parameters
    ----------
    applicant : Applicant
        Who asks.
    asset : AssetId
        The acted-on asset.
    incident : IncidentId
        For the refusal.
    may : sequence of str
        Who holds one of the roles, for the refusal.
    break_glass : str or None
        A reason waives the relation; blank counts as none.

    Returns
    -------
    Right
        A relation comes before broken glass: it is not broken needlessly.

    Raises
    ------
    NotAMember
        If they are not declared, or have left.
    NotYourFix
        If they have no relation and give no reason.

    Examples
    --------
    >>> ana = Applicant(person="ana", member=True, roles=["accountable"])
    >>> fraud, inc = AssetId("model:fraud"), IncidentId("INC-1")
    >>> print(permit(ana, asset=fraud, incident=inc, may=["ana"]))
    ana is accountable
    """
    named = ", ".join(dict.fromkeys(may)) or "nobody at present"
    if not applicant.member:
        raise NotAMember(
            who=applicant.person, asset=asset, incident=incident, may=named
        )
    held = tuple(role for role in ROLES if role in applicant.roles)
    reason = (break_glass or "").strip()
    ties = {Relation.MEMBER, *([Relation.FIX_ROLE] if held else [])}
    if not allowed(Deed.FIX, ties, break_glass=bool(reason)):
        raise NotYourFix(
            who=applicant.person, asset=asset, incident=incident, may=named
        )
    if held:
        return Right(person=applicant.person, roles=held)
    return Right(person=applicant.person, break_glass=reason)
