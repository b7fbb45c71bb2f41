"""An account counts what breaks the drop limit, and what holds no value."""

from modelowners.core.ids import asset_id
from modelowners.observations.accounts import Account, Dropped
from modelowners.observations.logs import Task
from modelowners.observations.profiles import NumericProfile, TextProfile
from modelowners.observations.questions import LogShape


def account_of(read: int, **dropped: int) -> Account:
    kept = read - sum(dropped.values())
    return Account(
        asset=asset_id("model:eta"),
        shape=LogShape(columns={}, rows=read, first=None, last=None, files=()),
        task=Task.BINARY,
        task_declared=True,
        read=read,
        kept=kept,
        dropped={reason: Dropped(rows, "a", 0) for reason, rows in dropped.items()},
        first=None,
        last=None,
        versioned=0,
        labelled=0,
        has_labels=False,
        has_version=False,
        weight=float(kept),
        features=(),
        missing=(),
        extra=(),
        skipped=(),
        columns={
            "none": NumericProfile(nulls=kept),
            "nan": NumericProfile(nans=kept),
            "words": TextProfile(n=kept),
        },
    )


def test_errors_and_duplicates_do_not_count_against_the_mapping() -> None:
    account = account_of(10, duplicate=3, error_status=2, cast_failed=1)
    assert account.dropped_share == 0.1
    assert account_of(0).dropped_share == 0


def test_a_column_of_nulls_is_not_one_of_nan() -> None:
    assert account_of(10).all_null == ("none",)
    assert account_of(0).all_null == ()
