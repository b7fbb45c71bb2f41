"""Policy: every role, relation and reason, once each."""

from __future__ import annotations

import itertools

import pytest

from modelowners.core.ids import IncidentId, asset_id
from modelowners.remediation.policy import ROLES, Applicant, Right, permit
from modelowners.remediation.refusals import NotAMember, NotYourFix

CHURN, INC = asset_id("model:churn"), IncidentId("INC-1")
REASONS = [None, "", "   ", "revenue is down"]
HELD = [roles for size in range(4) for roles in itertools.combinations(ROLES, size)] + [
    ("lead",),
    ("holder", "member"),
]


def ask(*, member: bool, roles: tuple[str, ...], reason: str | None) -> Right:
    return permit(
        Applicant(person="eve", member=member, roles=roles),
        asset=CHURN,
        incident=INC,
        may=["ana", "bo"],
        break_glass=reason,
    )


@pytest.mark.parametrize("member", [True, False])
@pytest.mark.parametrize("roles", HELD)
@pytest.mark.parametrize("reason", REASONS)
def test_the_whole_matrix(
    member: bool, roles: tuple[str, ...], reason: str | None
) -> None:
    related = bool(set(roles) & set(ROLES))
    glass = bool((reason or "").strip())
    if not member:
        with pytest.raises(NotAMember, match="Not even --break-glass"):
            ask(member=member, roles=roles, reason=reason)
    elif related:
        # A relation comes first: the glass is not broken needlessly.
        right = ask(member=member, roles=roles, reason=reason)
        assert right.break_glass is None
        assert set(right.roles) == set(roles) & set(ROLES)
    elif glass:
        right = ask(member=member, roles=roles, reason=reason)
        assert right.break_glass == "revenue is down"
        assert right.roles == ()
    else:
        with pytest.raises(NotYourFix, match="That is ana, bo") as caught:
            ask(member=member, roles=roles, reason=reason)
        assert "modelowners fix apply INC-1 --break-glass" in str(caught.value)


def test_where_nobody_may_the_refusal_says_so() -> None:
    with pytest.raises(NotYourFix, match="nobody at present"):
        permit(
            Applicant(person="eve", member=True),
            asset=CHURN,
            incident=INC,
            may=[],
        )


def test_a_right_is_kept_with_its_ground() -> None:
    held = Right(person="ana", roles=("accountable",))
    assert held.plain() == {"roles": ["accountable"], "break_glass": None}
    assert "breaks the glass: fire" in str(Right(person="eve", break_glass="fire"))
