"""The schema: whatever the reader accepts validates, and nonsense does not."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelowners.catalog.files import Catalog, read
from modelowners.catalog.shapes import file_schema

VALIDATOR = jsonschema.Draft202012Validator(file_schema())


def plain(catalog: Catalog) -> dict[str, object]:
    return {name: node.plain() for name, node in catalog.sections.items()}


def test_it_is_a_schema_of_its_dialect() -> None:
    schema = file_schema()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(schema)


def test_the_example_validates(
    catalog_of: Callable[[str], Catalog], example: str
) -> None:
    assert list(VALIDATOR.iter_errors(plain(catalog_of(example)))) == []


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"version": 2},
        {"version": 1, "onws": {}},
        {"version": 1, "people": {"ana": {"mail": "x"}}},
        {"version": 1, "teams": {"t": {}}},
        {"version": 1, "owns": {"modl:x": {}}},
        {"version": 1, "owns": {"model:x": {"owner": ["a", "b"]}}},
        {"version": 1, "owns": {"model:x": {"tier": 4}}},
        {"version": 1, "owns": {"model:x*": {"needs": []}}},
        {"version": 1, "owns": {"model:x": {"source": "a"}}},
        {"version": 1, "calendar": {"away": [{"who": "a", "from": "2026-01-01"}]}},
        {"version": 1, "allow": [{"code": "MO502"}]},
    ],
)
def test_nonsense_does_not_validate(document: dict[str, object]) -> None:
    assert list(VALIDATOR.iter_errors(document)) != []


def test_stages_bring_the_schemas_of_their_sections() -> None:
    schema = file_schema({"fix": {"type": "object"}})
    validator = jsonschema.Draft202012Validator(schema)
    assert not validator.is_valid({"version": 1, "owns": {"model:a": {"fix": 3}}})
    assert validator.is_valid({"version": 1, "owns": {"model:a": {"fix": {}}}})


WORDS = [
    "ana", "t", "none", "owner", "tier", "2", "model:a", "model:a*", '"*"', "dataset:d",
    "[ana]", "{}", "[]", "null", "true", "2026-11-02", "2026-11-02 10:00", "1w",
    "team:t",
    "x-y", "lead", "owner: ana", "source: a", "key: [a]", "15m", '"slack:#a"', "a@b",
]  # fmt: skip


@settings(max_examples=150)
@given(st.data())
def test_mutated_files_never_crash_and_what_is_accepted_validates(
    tmp_path_factory: pytest.TempPathFactory, example: str, data: st.DataObject
) -> None:
    chance = data.draw(st.randoms(use_true_random=False))
    lines = example.split("\n")
    for _ in range(chance.randint(1, 3)):
        lines = _mutated(lines, chance)
    file = tmp_path_factory.mktemp("m") / "modelowners.yaml"
    file.write_text("\n".join(lines), encoding="utf-8")
    catalog, problems = read(file)
    for problem in problems:
        assert Path(problem.file).name == "modelowners.yaml"
        assert 1 <= problem.line <= len(lines) + 1
        assert problem.column >= 1
    if not problems:
        errors = list(VALIDATOR.iter_errors(plain(catalog)))
        assert errors == [], "\n".join(lines)


def _mutated(lines: list[str], chance: random.Random) -> list[str]:
    lines = list(lines)
    at = chance.randrange(len(lines))
    how = chance.randrange(5)
    if how == 0:
        del lines[at]
    elif how == 1:
        lines.insert(at, lines[chance.randrange(len(lines))])
    elif how == 2:
        words = lines[at].split(" ")
        words[chance.randrange(len(words))] = chance.choice(WORDS)
        lines[at] = " ".join(words)
    elif how == 3 and ": " in lines[at]:
        head, _, _ = lines[at].rpartition(": ")
        lines[at] = f"{head}: {chance.choice(WORDS)}"
    elif lines[at]:
        cut = chance.randrange(len(lines[at]))
        lines[at] = (
            lines[at][:cut] + chance.choice("{}[]:,&*!\"'#é") + lines[at][cut + 1 :]
        )
    return lines
