"""Fixes as text: every state has its words and its next command."""

from __future__ import annotations

from fix_worlds import BACK_AND_RELOAD, Workshop, order

from modelowners.app.fix_text import describe_fix
from modelowners.app.following import Standing
from modelowners.remediation import apply
from modelowners.remediation.fixes import StepKind
from modelowners.remediation.serving import observe


def told(standing: Standing) -> str:
    return "\n".join(line.text for line in describe_fix(standing))


def test_every_step_is_one_line() -> None:
    shop = Workshop()
    fix = apply(order(BACK_AND_RELOAD), tools=shop.tools)
    said = told(Standing(fix=fix))
    for text in ("FIX-1 alias set", "requested by ana", "tagged by ana"):
        assert text in said
    assert "reload: it ended with exit code 0 after 1.5 s" in said
    assert len(said.splitlines()) == 1 + fix.n


def test_what_rows_show_stands_below() -> None:
    shop = Workshop()
    fix = apply(order(), tools=shop.tools)
    at = shop.clock.now()
    seen = observe("1", {"2": 300}, since=at)
    assert "serving unverified" in told(Standing(fix=fix, serving=seen))
    body = observe("1", {"1": 300}, since=at).plain()
    for kind in (StepKind.SERVED, StepKind.RECOVERED):
        extra = {**body, "from": "2026-06-11", "to": "2026-06-12"}
        fix = shop.fixes.add(fix, kind, at=at, actor="system:loop", body=extra)
    said = told(Standing(fix=fix, serving=seen))
    assert "100 % of 300 new rows carry it" in said
    assert "well from 2026-06-11 to 2026-06-12" in said
    assert "serving unverified" not in said
