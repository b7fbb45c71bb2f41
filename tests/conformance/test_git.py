"""git keeps the laws of a source of changes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from modelowners.connectors import testing
from modelowners.connectors.git import GitChanges
from modelowners.connectors.testing import MakeLedger, MakeSource, Repository
from modelowners.core.ids import AssetId
from modelowners.ledger.repository import Ledger
from modelowners.store.database import Database

CODE = {
    AssetId("model:eta"): ["train/", "requirements.txt"],
    AssetId("dataset:weather"): ["feeds/", "train/features.py"],
}
Law = Callable[[MakeSource, MakeLedger], None]
LAWS: list[Law] = [
    testing.replay_adds_nothing,
    testing.batching_makes_no_difference,
    testing.order_makes_no_difference,
    testing.crash_neither_loses_nor_doubles,
    testing.times_come_from_the_source,
]


@pytest.fixture
def make_source(repository: Repository) -> MakeSource:
    """Give readers of a history with merges, locks and commits of one instant."""
    at = "2026-05-{:02}T12:00:00Z"
    repository.commit("start", {"README": "", "train/fit.py": "1"}, at=at.format(1))
    repository.commit("deps", {"requirements.txt": "numpy==2\n"}, at=at.format(2))
    repository.commit("both", {"train/features.py": "1"}, at=at.format(2))
    repository.git("checkout", "-q", "-b", "topic")
    repository.commit(
        "feed", {"feeds/w.py": "1"}, at=at.format(4), by="Bo <b@example.org>"
    )
    repository.git("checkout", "-q", "main")
    repository.commit("train", {"train/fit.py": "2"}, at=at.format(5))
    repository.git("merge", "-q", "--no-ff", "-m", "land", "topic", at=at.format(6))
    repository.commit("docs", {"README": "2"}, at=at.format(7))

    def make(batch_size: int) -> GitChanges:
        return GitChanges(
            repository.folder, code=CODE, people={}, batch_size=batch_size
        )

    return make


def make_ledger() -> Ledger:
    return Ledger(Database.open(":memory:"))


@pytest.mark.parametrize("law", LAWS)
def test_laws(law: Law, make_source: MakeSource) -> None:
    law(make_source, make_ledger)


def test_the_list_of_laws_is_whole(make_source: MakeSource) -> None:
    testing.check_change_source(make_source, make_ledger)
    named = {law.__name__ for law in LAWS}
    known = set(testing.check_change_source.__code__.co_names)
    assert named <= known
