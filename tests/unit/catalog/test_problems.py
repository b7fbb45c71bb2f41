"""Problems: one line each, in the form people and editors read."""

from __future__ import annotations

import pickle

from modelowners.catalog.problems import BadCatalog, Problem, Severity
from modelowners.core.errors import BadFacet, InputError
from modelowners.core.facets import Node
from modelowners.core.ids import asset_id

NODE = Node("x", "teams/a:b.yaml", 12, 9, key=(11, 3))


def test_the_line_has_place_code_severity_what_and_remedy() -> None:
    one = Problem.at(NODE, "MO304", "one is all", severity=Severity.WARNING)
    assert str(one) == "teams/a:b.yaml:12:9 MO304 warning one is all"
    two = Problem.at_key(NODE, "MO003", "unknown key", remedy="remove it")
    assert str(two) == "teams/a:b.yaml:11:3 MO003 error unknown key; remove it"


def test_a_question_is_answered_by_a_sentence() -> None:
    one = Problem.at(NODE, "MO003", 'did you mean "a"?', remedy="correct it")
    assert str(one).endswith('did you mean "a"? Correct it')


def test_a_readers_refusal_keeps_its_place() -> None:
    refusal = NODE.refuse("bad", code="MO102")
    found = Problem.of(refusal, asset=asset_id("model:a"))
    assert (found.file, found.line, found.column) == ("teams/a:b.yaml", 12, 9)
    assert (found.code, found.what, found.asset) == ("MO102", "bad", "model:a")
    assert isinstance(refusal, BadFacet)


def test_problems_are_ranked_by_place_as_numbers() -> None:
    def at(line: int) -> Problem:
        return Problem("f", line, 1, "MO001", Severity.ERROR, "x")

    lines = [p.line for p in sorted(map(at, (10, 9, 100)), key=lambda p: p.rank)]
    assert lines == [9, 10, 100]


def test_the_error_lists_all_and_crosses_processes() -> None:
    one = Problem.at(NODE, "MO001", "first")
    error = BadCatalog(problems=(one,))
    assert isinstance(error, InputError)
    assert str(error) == f"the ownership file has 1 problem:\n  {one}"
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert copy.problems == (one,)
