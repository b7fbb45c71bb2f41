from __future__ import annotations

from pathlib import Path

import pytest
from frame_worlds import MODEL, START, frame

from modelowners.catalog.owners import Ownership
from modelowners.core.ids import AssetId
from modelowners.diagnosis.inquiries import Inquiry, silent
from modelowners.observations.engines.duckdb.engine import DuckDBEngine
from modelowners.observations.logs import PredictionLog, Task


def nobody(asset: AssetId, at: object) -> Ownership:
    raise AssertionError(asset, at)


@pytest.fixture
def plain() -> Inquiry:
    """Ask with what cannot be left out, and nothing else."""
    return Inquiry(
        log=PredictionLog(asset=MODEL, root=Path(), source=("a.csv",), columns={}),
        task=Task.BINARY,
        frame=frame([], history=5, test=2),
        shifts=(),
        engine=DuckDBEngine(threads=1),
        resolver=nobody,
    )


def test_what_is_left_out_is_empty_and_says_nothing(
    plain: Inquiry, capsys: pytest.CaptureFixture[str]
) -> None:
    assert dict(plain.upstream) == {}
    assert tuple(plain.changes) == ()
    assert plain.looked_at_ledger
    assert plain.progress is silent
    plain.progress("weighing suspects", 0.3)
    assert capsys.readouterr() == ("", "")


def test_an_inquiry_stays_as_it_was_asked(plain: Inquiry) -> None:
    with pytest.raises(AttributeError):
        plain.looked_at_ledger = False  # type: ignore[misc] # the very thing tested
    assert plain.frame.windows[0].start == START
