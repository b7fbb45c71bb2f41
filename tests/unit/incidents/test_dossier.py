"""Dossiers: what the log keeps of a diagnosis, bounded whatever is in it."""

from __future__ import annotations

import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from incident_worlds import GUILTY, MODEL, ONSET_AT, WEATHER, cause, diagnosis

from modelowners.core.evidence import Evidence
from modelowners.core.ids import canonical_json
from modelowners.core.time import HOUR
from modelowners.diagnosis.causes import Against, CauseKind, CauseOwner, RepairPlan
from modelowners.incidents.dossier import MAX_BYTES, cause_key, dossier
from modelowners.ledger.changes import Change, Source

WILD = st.text(st.characters(exclude_categories=()), max_size=3000)


def change(number: int, *, hours: int = 0, diff: str | None = None) -> Change:
    return replace(
        GUILTY,
        source=Source("git", "repo", f"{number:040x}"),
        occurred_at=ONSET_AT + hours * HOUR,
        diff_text=diff,
    )


def ids(found: dict[str, object]) -> list[str]:
    changes = found["changes"]
    assert isinstance(changes, list)
    return [one["id"] for one in changes]


def test_at_most_three_causes_and_ten_changes() -> None:
    found = dossier(
        diagnosis(*(cause(0.2, rank=n) for n in range(1, 6))),
        [change(n, hours=n) for n in range(40)],
    )
    causes = found["causes"]
    assert isinstance(causes, list)
    assert [one["rank"] for one in causes] == [1, 2, 3]
    assert len(ids(found)) == 10


def test_changes_nearest_to_the_onset_come_first() -> None:
    far, near, after = change(1, hours=-90), change(2, hours=-1), change(3, hours=5)
    found = dossier(diagnosis(cause(0.9)), [far, after, near])
    assert ids(found) == [near.id, after.id, far.id]


def test_a_matched_change_is_kept_whatever_its_distance() -> None:
    far = change(1, hours=-500)
    others = [change(n, hours=0) for n in range(2, 30)]
    found = dossier(diagnosis(cause(0.9, change=far)), [*others, far])
    assert ids(found)[0] == far.id


def test_the_order_of_changes_given_does_not_matter() -> None:
    many = [change(n, hours=n % 3) for n in range(30)]
    one, two = (dossier(diagnosis(cause(0.9)), c) for c in (many, many[::-1]))
    assert canonical_json(one) == canonical_json(two)


@given(WILD, st.integers(0, 400))
def test_it_is_small_and_json_whatever_is_in_it(text: str, many: int) -> None:
    loud = replace(
        cause(0.9, change=GUILTY),
        columns=tuple(f"{text}{n}" for n in range(many)),
        segment={text: text},
        evidence=tuple(Evidence(text, text) for _ in range(many)),
        against=tuple(Against(text=text) for _ in range(many)),
        owner=CauseOwner(team="t", person="p", why=tuple([text] * many)),
        repair=RepairPlan(action=text, harm_after=float("nan")),
    )
    changes = [
        replace(change(n, diff=text * 20), what=text, before={text: text}, why=text)
        for n in range(12)
    ]
    found = dossier(
        replace(diagnosis(loud, loud, loud), not_looked_at=tuple([text] * many)),
        changes,
    )
    body = canonical_json(found)
    assert len(body) <= MAX_BYTES
    assert json.loads(body) == found


def test_what_is_not_finite_is_not_known() -> None:
    odd = replace(diagnosis(cause(float("nan"))), unexplained=float("inf"))
    found = dossier(odd, ())
    assert found["unexplained"] is None
    assert b"NaN" not in canonical_json(found)


def test_two_diagnoses_are_told_apart_by_their_likeliest_cause() -> None:
    base = cause_key(diagnosis(cause(0.9), cause(0.1)))
    assert base["asset"] == WEATHER
    assert cause_key(diagnosis(cause(0.7))) == base, "a probability may wobble"
    for other in (
        replace(cause(0.9), column="wind"),
        cause(0.9, kind=CauseKind.OFFSET),
        cause(0.9, asset=MODEL),
        cause(0.9, change=GUILTY),
    ):
        assert cause_key(diagnosis(other)) != base


def test_unknown_names_no_cause() -> None:
    unknown = cause_key(diagnosis(cause(0.9, kind=CauseKind.UNKNOWN)))
    assert set(unknown.values()) == {None}
    assert unknown == cause_key(diagnosis())
