from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from modelowners.app.chains import BadHead, Chain, verify
from modelowners.store.journal import Fault, Verdict

A, B = "a" * 64, "b" * 64
CUT = Fault(None, "its tail was cut")


@dataclass
class Kept:
    """A journal that answers as it is told to, by head."""

    answers: dict[str | None, Verdict]
    asked: list[str | None] = field(default_factory=list)

    def verify(self, *, head: str | None = None) -> Verdict:
        self.asked.append(head)
        return self.answers[head]


def whole(head: str = A) -> Kept:
    return Kept({None: Verdict(3, head), head: Verdict(3, head)})


def test_every_journal_is_walked_and_its_head_told() -> None:
    found = verify({"changes": whole(A), "events": whole(B)})
    assert found == (
        Chain(name="changes", entries=3, head=f"changes:{A}", compared=False),
        Chain(name="events", entries=3, head=f"events:{B}", compared=False),
    )


def test_a_head_is_looked_for_in_its_own_journal_only() -> None:
    journals = {"changes": whole(A), "events": whole(B)}
    found = verify(journals, [f"events:{B}"])
    assert [chain.compared for chain in found] == [False, True]
    assert [journals[name].asked for name in journals] == [[None], [B]]
    assert not any(chain.fault for chain in found)


def test_a_fault_is_told_with_its_place() -> None:
    broken = Kept({None: Verdict(4, A, Fault(5, "the content does not fit"))})
    (found,) = verify({"events": broken})
    assert (found.entries, found.broken_at) == (4, 5)
    assert found.fault == "the content does not fit"


@pytest.mark.parametrize("order", [[A, B], [B, A]])
def test_every_head_must_be_there(order: list[str]) -> None:
    cut = Kept({A: Verdict(3, A), B: Verdict(3, A, CUT)})
    (found,) = verify({"events": cut}, [f"events:{head}" for head in order])
    assert (found.fault, found.broken_at) == ("its tail was cut", None)


@pytest.mark.parametrize(
    "head",
    ["", "events", A, f"events:{A[1:]}", f"events:{'G' * 64}", f"other:{A}", ":"],
)
def test_what_is_no_head_is_refused(head: str) -> None:
    with pytest.raises(BadHead, match="audit verify") as caught:
        verify({"events": whole()}, [head])
    assert f'found "{head}"' in str(caught.value)
    assert '"events:9f86…"' in str(caught.value)
