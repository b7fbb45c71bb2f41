"""Identity: who is one person, who is no person, and who must never be joined."""

from __future__ import annotations

import pytest

from modelowners.catalog.identity import authors, is_machine
from modelowners.catalog.people import Person
from modelowners.catalog.ports import Touch
from modelowners.core.facets import Node
from modelowners.core.time import parse_instant

NODE = Node(None, "f", 1, 1)
AT = parse_instant("2026-06-01")
ANA = Person(name="ana", email=("Ana@x.example",), github="ana-g", node=NODE)
BO = Person(name="bo", email=("bo@x.example",), node=NODE)


def touch(email: str, name: str = "Somebody") -> Touch:
    return Touch(email=email, name=name, at=AT, files=1)


@pytest.mark.parametrize(
    ("email", "name"),
    [
        ("49699333+dependabot[bot]@users.noreply.github.com", "dependabot[bot]"),
        ("bot@renovateapp.com", "Renovate"),
        ("x@y.example", "release-bot"),
        ("jenkins@ci.example", "CI"),
        ("svc-deploy@x.example", "Deploy"),
        ("root@localhost", "root"),
        ("action@github.com", "github-actions"),
    ],
)
def test_machines_are_told(email: str, name: str) -> None:
    assert is_machine(touch(email, name))


@pytest.mark.parametrize(
    ("email", "name"),
    [
        ("abbott@x.example", "Cy Abbott"),
        ("cid@x.example", "Cid"),
        ("rootes@x.example", "Flo Rootes"),
        ("1+talbot@users.noreply.github.com", "Talbot"),
    ],
)
def test_people_with_such_names_are_people(email: str, name: str) -> None:
    assert not is_machine(touch(email, name))


def test_declared_addresses_and_handles_come_first() -> None:
    found = authors(
        [
            touch("ana@X.example"),
            touch("7+ANA-G@users.noreply.github.com"),
            touch("z@z"),
        ],
        {"ana": ANA},
    )
    assert [(a.key, a.declared) for a in found.values()] == [
        ("ana", True),
        ("ana", True),
        ("z@z", False),
    ]


def test_undeclared_addresses_join_by_full_name_only() -> None:
    found = authors(
        [
            touch("a@1", "Cy Dot"),
            touch("a@2", "cy  dot"),
            touch("b@1", "Cy"),
            touch("b@2", "Cy"),
        ],
        {},
    )
    assert found["a@1"] == found["a@2"]
    assert found["b@1"] != found["b@2"]


def test_declared_people_are_never_joined() -> None:
    same = [touch("ana@x.example", "Kim Lee"), touch("bo@x.example", "Kim Lee")]
    found = authors([*same, touch("other@x", "Kim Lee")], {"ana": ANA, "bo": BO})
    assert [author.key for author in found.values()] == ["ana", "bo", "other@x"]
