from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelowners.core.ids import AssetId
from modelowners.core.time import DAY, TimeWindow, parse_instant
from modelowners.ledger.changes import (
    Change,
    ChangeKind,
    Digest,
    Identity,
    Source,
    Strength,
    Who,
)

AT = parse_instant("2026-06-01")
words = st.text(max_size=6)


def change(asset: str, source: Source) -> Change:
    return Change(
        kind=ChangeKind.NOTE,
        asset=AssetId(asset),
        what="x",
        source=source,
        recorded_at=AT,
    )


@given(words, words, words, words)
def test_the_id_is_made_of_asset_and_source(
    asset: str, connector: str, instance: str, key: str
) -> None:
    one = change(asset, Source(connector, instance, key))
    again = replace(
        one, what="y", recorded_at=AT + DAY, source=replace(one.source, url="u")
    )
    assert one.id == again.id
    assert one.id.startswith("chg_")
    for other in (
        change(f"{asset}x", one.source),
        change(asset, replace(one.source, connector=f"{connector}x")),
        change(asset, replace(one.source, instance=f"{instance}x")),
        change(asset, replace(one.source, key=f"{key}x")),
    ):
        assert other.id != one.id


def test_parts_of_the_id_do_not_run_together() -> None:
    assert change("a", Source("b", "c", "")).id != change("a", Source("bc", "", "")).id


def test_when_it_can_have_happened(make_change: Callable[..., Change]) -> None:
    between = TimeWindow(AT, AT + DAY)
    stated = make_change("a", occurred_at=AT, observed_between=between)
    seen = make_change("a", observed_between=between)
    unknown = make_change("a", recorded_at=AT)
    assert stated.window == TimeWindow(AT, AT)
    assert seen.window == between
    assert unknown.window == TimeWindow(AT, AT)


def test_nobody_is_guessed() -> None:
    assert Who() == Who(person=None, raw=None, role="author")


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        (Strength.EXACT, Strength.EXACT, "unchanged"),
        (Strength.SAMPLED, Strength.SAMPLED, "no difference seen (sampled)"),
        (Strength.EXACT, Strength.DECLARED, "no difference seen (declared)"),
        (
            Strength.SAMPLED,
            Strength.DECLARED,
            "no difference seen (declared, sampled)",
        ),
    ],
)
def test_only_two_exact_digests_prove_that_nothing_changed(
    before: Strength, after: Strength, verdict: str
) -> None:
    same = Identity(Digest("a", "x", before), Digest("a", "x", after))
    assert same.verdict == verdict
    other = Identity(Digest("a", "x", before), Digest("b", "x", after))
    assert other.verdict == "changed"


def test_one_side_proves_nothing() -> None:
    one = Digest("a", "x", Strength.EXACT)
    assert Identity(one).verdict == Identity(None, one).verdict
    assert Identity().verdict == "only one side is known"
