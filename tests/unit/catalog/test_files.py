"""The ownership file: merged, ordered or split however people like, one answer."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelowners.catalog.files import Catalog, load, read
from modelowners.catalog.problems import BadCatalog
from modelowners.core.ids import asset_id

Problems = Callable[[str], list[str]]
Load = Callable[[str], Catalog]


def test_the_example_gives_no_error(catalog_of: Load, example: str) -> None:
    catalog = catalog_of(example)
    assert catalog.ids() == (
        "dataset:prod.core.transactions",
        "model:risk/fraud",
        "model:toy",
    )
    assert catalog.models() == ("model:risk/fraud", "model:toy")
    assert catalog.aliases == {"openlineage:warehouse/prod.fraud": "model:risk/fraud"}
    assert set(catalog.people) == {"ana", "bo", "cy", "eli", "flo"}
    assert set(catalog.teams) == {"risk-ml", "ml", "feeds"}


def test_the_longest_key_that_states_it_wins(catalog_of: Load) -> None:
    catalog = catalog_of("""\
version: 1
people:
  ana: {email: a@x.example}
  bo: {email: b@x.example}
owns:
  "*": {owner: ana, deputy: bo, tier: 3}
  model:risk/*: {tier: 1}
  model:risk/cards/*: {owner: bo}
  model:risk/cards/limit: {consult: [], tier: 2, owner: ana}
""")
    found = {
        name: catalog.asset(asset_id(name))
        for name in ("model:x", "model:risk/x", "model:risk/cards/x")
    }
    assert [(a.owner.name, a.deputy, a.tier) for a in found.values() if a.owner] == [
        ("ana", "bo", 3),
        ("ana", "bo", 1),
        ("bo", None, 1),
    ]
    assert catalog.asset(asset_id("model:risk/cards/limit")).declared == (
        f"{catalog.root}/modelowners.yaml:9"
    )
    assert catalog.covering(asset_id("model:risk/cards/x")) == (
        "model:risk/cards/*",
        "model:risk/*",
        "*",
    )


def test_facets_come_from_the_exact_entry_with_their_place(
    catalog_of: Load, example: str
) -> None:
    fraud = catalog_of(example).asset(asset_id("model:risk/fraud"))
    assert set(fraud.facets) == {"registry", "predictions", "checks", "expect", "fix"}
    assert fraud.facets["predictions"].node.line == 40
    other = catalog_of(example).asset(asset_id("model:risk/other"))
    assert (other.facets, other.needs, other.node) == ({}, (), None)


REFUSALS = [
    ("people: {}", "1:1 MO004 error no version; start the file with version: 1"),
    ("version: 2", "1:10 MO004 error expected version 1, found"),
    ("version: true", "1:10 MO004 error expected version 1, found"),
    ("- a", "1:1 MO004 error expected a mapping, found a list"),
    ("", "1:1 MO001 error the file is empty"),
    (
        "version: 1\nonws: {}",
        '2:1 MO003 error unknown key "onws"; did you mean "owns"?',
    ),
    ("version: 1\nowns: [a]", "2:7 MO004 error expected a mapping, found a list"),
    (
        "version: 1\nowns:\n  modl:x: {owner: none}",
        '3:3 MO101 error bad id "modl:x": the kind is one of model',
    ),
    ("version: 1\nowns: {model:a*b: {}}", '2:8 MO101 error bad id "model:a*b"'),
    ("version: 1\nowns: {mod*: {}}", '2:8 MO101 error bad id "mod*"'),
    (
        "version: 1\nowns:\n  model:é: {}\n  model:e\u0301: {}",
        '4:3 MO002 error "model:e\u0301" is the same id as in modelowners.yaml:3:3',
    ),
    ("version: 1\ninclude: [../x.yaml]", '2:11 MO001 error include "../x.yaml" leaves'),
    ("version: 1\ninclude: /etc/passwd", "2:10 MO001 error include"),
    ("version: 1\ninclude: ~/x", "2:10 MO001 error include"),
    ("version: 1\ninclude: [gone.yaml]", "2:11 MO001 error include"),
    ("version: 1\ninclude: ''", "2:10 MO001 error include"),
    (
        "version: 1\npeople: {oncall: {}}",
        '2:10 MO004 error the name "oncall" is also that of a word of the file',
    ),
    (
        "version: 1\npeople: {a: {}}\nteams: {a: {lead: a}}",
        '3:9 MO004 error the name "a" is also that of a person',
    ),
    (
        "version: 1\nowns:\n  model:a: {aliases: [x]}\n  model:b: {aliases: x}",
        '4:22 MO103 error alias "x" already means model:a',
    ),
    (
        "version: 1\nowns: {model:a: {aliases: model:b}, model:b: {}}",
        '2:27 MO103 error alias "model:b" already means model:b',
    ),
]


@pytest.mark.parametrize(("text", "refusal"), REFUSALS)
def test_every_refusal_names_line_and_column(
    text: str, refusal: str, problems_of: Problems
) -> None:
    problems = problems_of(text)
    assert len(problems) == 1, problems
    assert problems[0].startswith(refusal), problems[0]


def test_all_errors_are_told_at_once(catalog_of: Load) -> None:
    text = "version: 1\nteams: {t: {led: x}}\nowns: {model:a: {owner: y, tier: 9}}"
    with pytest.raises(BadCatalog) as refused:
        catalog_of(text)
    assert [problem.code for problem in refused.value.problems] == [
        "MO004",
        "MO003",
        "MO102",
        "MO004",
    ]
    assert str(refused.value).startswith("the ownership file has 4 problems:\n  ")


def test_a_missing_file_is_a_problem_not_a_crash(tmp_path: Path) -> None:
    with pytest.raises(BadCatalog, match="no such file"):
        load(tmp_path / "gone.yaml")


def test_notes_pass_untouched(catalog_of: Load) -> None:
    catalog = catalog_of(
        "version: 1\nx-note: {a: b}\npeople: {ana: {x-desk: 3, email: a@x.example}}\n"
        "owns: {x-why: y, model:a: {owner: ana, x-b: [1]}}"
    )
    assert catalog.ids() == ("model:a",)


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder / "modelowners.yaml"


def test_files_merge_as_a_disjoint_union(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        {
            "modelowners.yaml": "version: 1\ninclude: [teams/*.yaml]\n"
            "people: {ana: {email: a@x.example}}",
            "teams/a.yaml": "teams: {a: {lead: ana}}\nowns: {model:a: {owner: a}}",
            "teams/b.yaml": "version: 1\nowns: {model:b: {owner: a}}",
        },
    )
    catalog = load(file)
    assert catalog.ids() == ("model:a", "model:b")
    assert [path.name for path in catalog.files] == [
        "modelowners.yaml",
        "a.yaml",
        "b.yaml",
    ]
    assert catalog.asset(asset_id("model:b")).declared == f"{tmp_path}/teams/b.yaml:2"


def test_a_key_in_two_files_is_refused_at_the_second(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        {
            "modelowners.yaml": "version: 1\ninclude: b.yaml\nowns:\n  model:a: {}",
            "b.yaml": "owns:\n  model:a: {tier: 1}",
        },
    )
    _, problems = read(file)
    assert [str(problem) for problem in problems] == [
        (
            f'{tmp_path}/b.yaml:2:3 MO006 error "model:a" is also in {file}:4; '
            "keep it in one file"
        )
    ]


def test_an_included_file_includes_nothing(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        {
            "modelowners.yaml": "version: 1\ninclude: b.yaml",
            "b.yaml": "x-a: 1\ninclude: c.yaml",
            "c.yaml": "owns: {}",
        },
    )
    assert [problem.code for problem in read(file)[1]] == ["MO003"]


def test_links_do_not_leave_the_folder(tmp_path: Path) -> None:
    outside = tmp_path / "outside.yaml"
    outside.write_text("owns: {model:stolen: {owner: none}}", encoding="utf-8")
    file = write(
        tmp_path / "in", {"modelowners.yaml": "version: 1\ninclude: ['*.yaml']"}
    )
    (file.parent / "link.yaml").symlink_to(outside)
    catalog, problems = read(file)
    assert catalog.ids() == ()
    assert "leaves the folder by the link" in problems[0].what
    assert (problems[0].line, problems[0].column) == (2, 11)


@given(st.randoms(use_true_random=False))
def test_order_and_files_never_change_an_answer(chance: random.Random) -> None:
    """Shuffle the keys of a world and deal them out to files: one digest."""
    people = [f"  p{k}: {{email: p{k}@x.example}}\n" for k in range(4)]
    owns = [f"  model:m{k}: {{tier: {k % 3 + 1}, owner: p{k % 4}}}\n" for k in range(8)]
    owns += ["  model:*: {owner: p0, deputy: p1}\n", "  model:m1*: {tier: 3}\n"]
    away = [
        f"    - {{who: p{k}, from: 2026-01-0{k + 1}, through: 2026-01-09}}\n"
        for k in range(3)
    ]
    straight = _read_parts([(people, owns, away)])
    for part in (people, owns, away):
        chance.shuffle(part)
    first, second = ([part[::2] for part in (people, owns, away)],
                     [part[1::2] for part in (people, owns, away)])  # fmt: skip
    split = _read_parts(
        [(first[0], first[1], first[2]), (second[0], second[1], second[2])]
    )
    assert split.digest == straight.digest
    assert split.ids() == straight.ids()
    for asset in split.ids():
        found, expected = split.asset(asset), straight.asset(asset)
        assert (found.owner, found.deputy, found.tier) == (
            expected.owner,
            expected.deputy,
            expected.tier,
        )
    assert split.organisation.away == straight.organisation.away


def _read_parts(parts: list[tuple[list[str], list[str], list[str]]]) -> Catalog:
    import tempfile  # noqa: PLC0415 - a fixture of pytest lives longer than one case

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        include = "include: ['part*.yaml']\n" if len(parts) > 1 else ""
        for number, (people, owns, away) in enumerate(parts):
            text = "" if number else f"version: 1\n{include}"
            text += f"people:\n{''.join(people)}owns:\n{''.join(owns)}"
            text += f"calendar:\n  away:\n{''.join(away)}" if away else ""
            file = folder / (f"part{number}.yaml" if number else "modelowners.yaml")
            file.write_text(text, encoding="utf-8")
        return load(folder / "modelowners.yaml")


def test_another_content_is_another_digest(catalog_of: Load, small: str) -> None:
    changed = small.replace("{owner: risk}", "{owner: risk, tier: 1}")
    assert catalog_of(small).digest != catalog_of(changed).digest


def test_paths_are_seen_from_the_folder(catalog_of: Load, small: str) -> None:
    catalog = catalog_of(small)
    (catalog.root / "code").mkdir()
    (catalog.root / "code" / "a.py").touch()
    assert catalog.has("code/")
    assert catalog.has("code/*.py")
    assert not catalog.has("code/*.r")
    assert not catalog.has("gone")
