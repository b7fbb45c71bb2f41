"""Arguments: known names, right kinds, nothing guessed; hostile values refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelowners.app.arguments import ARGUMENTS, MAX_TEXT, read_move
from modelowners.core.errors import InputError
from modelowners.incidents.incident import Act
from modelowners.incidents.refusals import BadArgument

GOOD: dict[Act, list[dict[str, object]]] = {
    Act.ACK: [{}, {"nothing": None, "empty": ""}],
    Act.ASSIGN: [{"to": "feeds"}, {"to": "feeds", "reason": "load"}],
    Act.NOT_MINE: [
        {"text": "no"},
        {"text": "no", "to": "feeds"},
        {"text": "no", "cause": 2},
    ],
    Act.CONFIRM_CAUSE: [
        {},
        {"cause": 1},
        {"cause": "2"},
        {"cause": "rank:3"},
        {"asset": "model:eta", "kind": "offset"},
    ],
    Act.MITIGATE: [{}, {"text": "x"}],
    Act.RESOLVE: [{}, {"reason": "wont-fix", "text": "x"}],
    Act.REOPEN: [{}],
    Act.MERGE: [{"into": "INC-2"}, {"into": 2}],
    Act.UNMERGE: [{}],
    Act.DISMISS: [{"reason": "expected"}],
    Act.SNOOZE: [{"for": "4h"}, {"until": "2026-06-11T12:00Z"}],
    Act.SEVERITY: [{"severity": "sev1", "text": "x"}],
    Act.NOTE: [{"text": "x"}],
}
BAD: list[tuple[Act, dict[str, object], str]] = [
    (Act.ACK, {"text": "x"}, "none of that name"),
    (Act.ASSIGN, {}, "say a team or a person"),
    (Act.ASSIGN, {"to": "  "}, "say a team or a person"),
    (Act.ASSIGN, {"to": "feeds", "reason": "because"}, "expected one of"),
    (Act.ASSIGN, {"to": "feeds", "reason": "not-mine"}, "by not-mine"),
    (Act.ASSIGN, {"to": ["feeds"]}, "expected a text"),
    (Act.ASSIGN, {"to": True}, "expected a text"),
    (Act.ASSIGN, {"too": "feeds", "to": "feeds"}, 'did you mean "to"'),
    (Act.NOT_MINE, {"to": "feeds"}, "in your words"),
    (Act.NOT_MINE, {"text": "x", "to": "a", "cause": 1}, "says already"),
    (Act.CONFIRM_CAUSE, {"cause": "first"}, "a rank such as 1"),
    (Act.CONFIRM_CAUSE, {"cause": 0}, "a rank such as 1"),
    (Act.CONFIRM_CAUSE, {"cause": "-1"}, "a rank such as 1"),
    (Act.CONFIRM_CAUSE, {"cause": "²"}, "a rank such as 1"),
    (Act.CONFIRM_CAUSE, {"asset": "model:eta"}, "together with a kind"),
    (Act.CONFIRM_CAUSE, {"kind": "offset"}, "together with a kind"),
    (Act.CONFIRM_CAUSE, {"asset": "model:eta", "kind": "x"}, "expected one of"),
    (Act.CONFIRM_CAUSE, {"asset": "model:e", "kind": "unknown"}, "not known"),
    (Act.MERGE, {}, "another incident"),
    (Act.DISMISS, {}, "why it was none"),
    (Act.DISMISS, {"reason": "bored"}, "false-alarm, expected, duplicate"),
    (Act.SNOOZE, {}, "until when"),
    (Act.SNOOZE, {"for": "4h", "until": "2026-06-11"}, "until when"),
    (Act.SNOOZE, {"for": "soon"}, "soon"),
    (Act.SNOOZE, {"until": "soon"}, "soon"),
    (Act.SEVERITY, {"severity": "sev9", "text": "x"}, "sev1, sev2"),
    (Act.SEVERITY, {"severity": "sev1"}, "in your words"),
    (Act.NOTE, {}, "the remark"),
    (Act.NOTE, {"text": "x" * (MAX_TEXT + 1)}, "characters"),
]


def test_every_act_is_covered() -> None:
    assert set(ARGUMENTS) == set(GOOD) == set(Act)


@pytest.mark.parametrize("act", list(Act))
def test_what_is_right_is_read(act: Act) -> None:
    for told in GOOD[act]:
        assert callable(read_move(act, told))


@pytest.mark.parametrize(("act", "told", "why"), BAD)
def test_what_is_wrong_is_named(act: Act, told: dict[str, object], why: str) -> None:
    with pytest.raises(BadArgument, match=why) as caught:
        read_move(act, told)
    assert act.value in str(caught.value)


def test_an_asset_must_be_an_asset() -> None:
    with pytest.raises(InputError, match="asset id"):
        read_move(Act.CONFIRM_CAUSE, {"asset": "eta", "kind": "offset"})


VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)


@given(
    act=st.sampled_from(list(Act)),
    told=st.dictionaries(
        st.sampled_from(["to", "text", "cause", "asset", "kind", "for", "x", "reason"])
        | st.text(max_size=5),
        VALUES | st.lists(VALUES, max_size=2),
        max_size=4,
    ),
)
def test_anything_is_read_or_refused_in_a_sentence(
    act: Act, told: dict[str, object]
) -> None:
    try:
        read_move(act, told)
    except InputError as error:
        said = str(error)
    else:
        said = "read"
    assert said
