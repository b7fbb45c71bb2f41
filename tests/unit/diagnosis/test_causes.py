from __future__ import annotations

from modelowners.diagnosis.causes import (
    CATEGORY,
    Category,
    CauseKind,
    category_of,
)


def test_every_kind_has_a_category() -> None:
    assert {category_of(kind) for kind in CauseKind} <= set(Category)


def test_only_unknown_is_unknown() -> None:
    unknown = [k for k in CauseKind if category_of(k) is Category.UNKNOWN]
    assert unknown == [CauseKind.UNKNOWN]


def test_data_is_the_category_of_what_is_not_listed() -> None:
    assert all(category_of(k) is Category.DATA for k in CauseKind if k not in CATEGORY)


def test_kinds_are_written_as_the_contract_has_them() -> None:
    assert all(k.value == k.name.lower() for k in CauseKind)
