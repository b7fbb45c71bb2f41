"""The audit and the locks, on a real database."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fix_worlds import INC, START, Workshop, order
from schema_worlds import unlock
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from modelowners.core.ids import IncidentId
from modelowners.remediation import apply
from modelowners.remediation.fixes import StepKind
from modelowners.remediation.refusals import Locked, Overtaken
from modelowners.remediation.repository import Fixes, Lock

KEY = "mlflow:churn@champion"
MINUTE = timedelta(minutes=1)


def lock(fixes: Fixes, key: str = KEY, *, holder: str = "ana") -> Lock:
    return fixes.lock(key, holder=holder, now=START, until=START + MINUTE)


def test_a_lock_is_one_holder_s_until_it_is_given_back_or_over() -> None:
    fixes = Workshop().fixes
    first = lock(fixes)
    assert fixes.holds(first, now=START)
    with pytest.raises(Locked) as caught:
        lock(fixes, holder="ben")
    assert caught.value.details["holder"] == "ana"
    fixes.unlock(first)
    second = lock(fixes, holder="ben")
    assert not fixes.holds(first, now=START)
    fixes.unlock(first)
    assert fixes.holds(second, now=START)
    assert not fixes.holds(second, now=START + MINUTE)


def test_numbers_are_never_given_twice() -> None:
    shop = Workshop()
    fixes = shop.fixes
    first, second = lock(fixes), lock(fixes, "other")
    assert (first.fix, second.fix) == ("FIX-1", "FIX-2")
    fixes.unlock(first)
    third = lock(fixes, "third")
    assert third.fix == "FIX-3"
    fixes.begin(third, order(), at=START)
    fixes.unlock(second)
    fixes.unlock(third)
    assert lock(fixes, "fourth").fix == "FIX-4"


def test_nothing_is_begun_under_a_lock_that_was_lost() -> None:
    fixes = Workshop().fixes
    lost = lock(fixes)
    fixes.unlock(lost)
    with pytest.raises(Locked):
        fixes.begin(lost, order(), at=START)
    fixes.lock(KEY, holder="ben", now=START, until=START + MINUTE)
    with pytest.raises(Locked, match="ben"):
        fixes.begin(lost, order(), at=START)
    assert fixes.of(INC) == ()


def test_a_step_that_somebody_else_wrote_first_is_refused() -> None:
    shop = Workshop()
    fix = apply(order(), tools=shop.tools)
    said = {"reason": "conflict"}
    shop.fixes.add(fix, StepKind.FAILED, at=START, actor="system:loop", body=said)
    with pytest.raises(Overtaken, match="step 4, not 3"):
        shop.fixes.add(fix, StepKind.SERVED, at=START, actor="system:loop", body={})


def test_fixes_are_found_by_incident_and_by_name() -> None:
    shop = Workshop()
    fix = apply(order(), tools=shop.tools)
    assert shop.fixes.of(INC) == (fix,)
    assert shop.fixes.get(fix.id) == fix
    assert shop.fixes.get("FIX-99") is None
    assert shop.fixes.of(IncidentId("INC-2")) == ()


def test_the_audit_is_a_chain_that_only_grows() -> None:
    shop = Workshop()
    apply(order(), tools=shop.tools)
    whole = shop.fixes.verify(head=shop.fixes.head())
    assert (whole.rows, whole.fault) == (3, None)
    for act in ("UPDATE audit SET actor = 'person:eve'", "DELETE FROM audit"):
        refused = pytest.raises(DatabaseError, match="only grows")
        with refused, shop.database.write() as connection:
            connection.execute(text(act))
    assert shop.fixes.verify().rows == 3


def test_an_edit_behind_our_back_is_found_at_its_row() -> None:
    shop = Workshop()
    apply(order(), tools=shop.tools)
    with shop.database.write() as connection:
        unlock(connection, "audit")
        connection.execute(
            text("UPDATE audit SET actor = 'person:eve' WHERE kind = 'alias_set'")
        )
    fault = shop.fixes.verify().fault
    assert fault is not None
    assert fault.seq == 2
