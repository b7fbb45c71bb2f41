from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelowners.core.errors import BadFacet
from modelowners.core.facets import Node
from modelowners.core.secrets import MASK, MissingSecret, Secrets, read_reference

VALUES = {"TOKEN": "canary-1", "OTHER": "canary-2", "EMPTY": "", "SHORT": "ab"}


def test_a_reference_is_resolved_anywhere_in_a_text() -> None:
    secrets = Secrets(VALUES)
    assert secrets.resolve("Bearer ${TOKEN}/${OTHER}") == "Bearer canary-1/canary-2"
    assert secrets.resolve("no reference, $TOKEN, ${}") == "no reference, $TOKEN, ${}"


def test_a_value_is_not_resolved_again() -> None:
    assert Secrets({"A": "${B}", "B": "inner"}).resolve("${A}") == "${B}"


@pytest.mark.parametrize(
    ("reference", "why"),
    [("${ABSENT}", "not set"), ("${EMPTY}", "empty"), ("file:x", "not read here")],
)
def test_what_leads_to_nothing_is_refused(reference: str, why: str) -> None:
    with pytest.raises(MissingSecret, match=why) as refused:
        Secrets(VALUES).resolve(reference)
    assert reference in str(refused.value)


def test_a_file_is_read_without_its_last_line_break() -> None:
    asked: list[str] = []

    def read(path: str) -> str:
        asked.append(path)
        return "canary-3\r\n"

    assert Secrets(read=read).resolve("file:keys/t") == "canary-3"
    assert asked == ["keys/t"]


def raising(error: Exception) -> Callable[[str], str]:
    def read(path: str) -> str:
        raise error

    return read


@pytest.mark.parametrize(
    ("read", "why"),
    [
        (raising(FileNotFoundError(2, "No such file or directory")), "No such file"),
        (raising(UnicodeDecodeError("utf-8", b"\xff", 0, 1, "x")), "UnicodeDecodeErr"),
        (lambda _: "\n", "it is empty"),
    ],
)
def test_a_file_that_cannot_be_read(read: Callable[[str], str], why: str) -> None:
    with pytest.raises(MissingSecret, match=why):
        Secrets(read=read).resolve("file:x")


def test_a_rotated_value_is_taken_up_and_both_are_masked() -> None:
    values = {"TOKEN": "first-value"}
    secrets = Secrets(values)
    assert secrets.resolve("${TOKEN}") == "first-value"
    values["TOKEN"] = "second-value"  # noqa: S105 - a test's secret
    assert secrets.resolve("${TOKEN}") == "second-value"
    assert secrets.mask("first-value second-value") == f"{MASK} {MASK}"


def test_only_what_was_resolved_is_masked_and_nothing_short() -> None:
    secrets = Secrets(VALUES)
    assert secrets.mask("canary-1") == "canary-1"
    secrets.resolve("${SHORT}${TOKEN}")
    assert secrets.mask("abacus canary-1") == f"abacus {MASK}"


def test_a_secret_within_another_leaves_no_rest() -> None:
    secrets = Secrets({"A": "abcd", "B": "abcdefgh"})
    secrets.resolve("${A}${B}")
    assert secrets.mask("abcdefgh") == MASK


@given(st.text(min_size=4, max_size=20), st.text(max_size=30))
def test_a_resolved_value_never_shows(value: str, around: str) -> None:
    secrets = Secrets({"X": value})
    if secrets.resolve("${X}") in MASK:
        return
    assert value not in secrets.mask(f"{around}{value}{around}").replace(MASK, "\0")


@pytest.mark.parametrize(
    "value", ["hunter2", "a ${B}", "${B} ", "file:", 7, True, None]
)
def test_a_reference_is_whole_or_refused(value: object) -> None:
    with pytest.raises(
        BadFacet, match="must not stand in the ownership file"
    ) as refused:
        read_reference(Node(value, "f.yaml", 3, 4))  # type: ignore[arg-type] # hostile
    assert "f.yaml:3:4" in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_references() -> None:
    for good in ("${NAME}", "file:keys/token"):
        assert read_reference(Node(good, "f.yaml", 1, 1)) == good
