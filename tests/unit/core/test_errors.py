from __future__ import annotations

import copy
import importlib
import pickle
import pkgutil
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

import modelowners
from modelowners.core.errors import (
    BadAssetId,
    BadFacet,
    BadTime,
    InputError,
    MissingExtra,
    ModelownersError,
    StateError,
)


def every_error() -> list[type[ModelownersError]]:
    """Every class of the tree, after every module of the package is loaded."""
    for module in pkgutil.walk_packages(modelowners.__path__, "modelowners."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    found: list[type[ModelownersError]] = []
    waiting = [ModelownersError]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        found.append(kind)
    ours = [kind for kind in found if kind.__module__.startswith("modelowners.")]
    return sorted(ours, key=lambda kind: (kind.__module__, kind.__qualname__))


def message(kind: type[ModelownersError]) -> str:
    return (kind.__doc__ or "").strip()


def details(kind: type[ModelownersError]) -> dict[str, str]:
    """Fill every field a message names with a value that can be recognised."""
    fields = [name for _, name, _, _ in string.Formatter().parse(message(kind)) if name]
    return {name: f"<{name}>" for name in fields}


ERRORS = [
    kind for kind in every_error() if kind.__str__ is ModelownersError.__str__
]  # one that prints otherwise is tested where it stands


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.__qualname__)
def test_every_message_takes_its_details_and_is_one_line(
    kind: type[ModelownersError],
) -> None:
    wanted = details(kind)
    shown = str(kind(**wanted))
    assert all(f"<{name}>" in shown for name in wanted)
    assert shown.endswith((".", ">", ">'."))
    assert "\n" not in shown


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.__qualname__)
def test_every_error_crosses_a_process_border(kind: type[ModelownersError]) -> None:
    before = kind(**details(kind))
    for after in (pickle.loads(pickle.dumps(before)), copy.copy(before)):  # noqa: S301 - our own bytes
        assert type(after) is kind
        assert after.details == before.details
        assert str(after) == str(before)


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.__qualname__)
def test_every_error_is_plain_about_what_it_is(kind: type[ModelownersError]) -> None:
    """A detail is a plain name, never an expression or a format of its own."""
    for name in details(kind):
        assert name.isidentifier()
        assert not hasattr(Exception, name)
        assert name != "details"


@pytest.mark.parametrize("kind", [BadAssetId, BadTime, BadFacet])
def test_bad_input_is_one_family(kind: type[ModelownersError]) -> None:
    assert issubclass(kind, InputError)


@pytest.mark.parametrize("kind", [StateError, MissingExtra])
def test_trouble_that_is_nobodys_typing_is_not_bad_input(
    kind: type[ModelownersError],
) -> None:
    assert not issubclass(kind, InputError)


def test_callers_branch_on_details() -> None:
    error = BadTime(found="soon", expected="an instant")
    assert error.found == "soon"
    assert error.expected == "an instant"
    with pytest.raises(AttributeError, match="nothing"):
        _ = error.nothing


def test_the_remedy_after_the_first_paragraph_reaches_the_person() -> None:
    assert str(BadTime(found="soon", expected="an instant")) == (
        'Cannot read "soon" as an instant. Write an ISO date or instant such as '
        "2026-06-01 or 2026-06-01T12:00Z."
    )


class _Documented(InputError):
    """
    The {thing} is wrong.

    Mend it.

    Parameters
    ----------
    thing : str
        What it is.
    """


def test_the_list_of_details_is_no_part_of_the_message() -> None:
    assert str(_Documented(thing="clock")) == "The clock is wrong. Mend it."


def test_a_detail_that_closes_its_sentence_is_not_closed_twice() -> None:
    assert str(InputError(what="did you mean this?")) == "did you mean this?"
    assert str(InputError(what="It ended.")) == "It ended."


@given(st.text())
def test_details_are_quoted_never_interpreted(text: str) -> None:
    """Braces in what a person typed must not reach the formatter."""
    assert text in str(InputError(what=f"{{{text}}}"))


def test_the_tree_is_drawn_as_it_is() -> None:
    import modelowners.core.errors as module  # noqa: PLC0415 - its text is the subject

    for kind in ERRORS:
        if kind.__module__ == module.__name__:
            assert kind.__name__ in (module.__doc__ or "")
