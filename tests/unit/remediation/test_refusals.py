"""Refusals: each one ends with what to type next."""

from __future__ import annotations

import inspect
import string

import pytest

from modelowners.core.errors import InputError
from modelowners.remediation import refusals

ALL = [
    kind
    for _, kind in inspect.getmembers(refusals, inspect.isclass)
    if kind.__module__ == refusals.__name__
]


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_a_refusal_is_bad_input_and_names_the_next_command(
    kind: type[InputError],
) -> None:
    fields = {name for _, name, _, _ in string.Formatter().parse(kind.__doc__ or "")}
    details = {name: f"<{name}>" for name in fields if name}
    if "remedy" in details:
        details["remedy"] = "Type: modelowners fix plan INC-1"
    said = str(kind(**details))
    assert issubclass(kind, InputError)
    assert "modelowners" in said
    assert "{" not in said.replace("{alias: {registry: mlflow, name: champion}}", "")


def test_the_tree_in_the_module_s_docstring_is_whole() -> None:
    drawn = refusals.__doc__ or ""
    assert {kind.__name__ for kind in ALL} == {
        line.split()[1] for line in drawn.splitlines() if "──" in line
    }
