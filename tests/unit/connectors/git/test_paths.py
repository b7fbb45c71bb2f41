from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelowners.connectors.git.paths import MAX_PATHSPECS, CodePaths
from modelowners.core.ids import AssetId

ETA, WEATHER = AssetId("model:eta"), AssetId("dataset:weather")
names = st.text("ab.", min_size=1, max_size=3).filter(lambda n: n not in {".", ".."})
paths = st.lists(names, min_size=1, max_size=4).map("/".join)


def belongs(pattern: str, path: str, prefix: str = "") -> bool:
    return CodePaths({ETA: [pattern]}, prefix=prefix).assets(path) == (ETA,)


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("train/", "train/fit.py", True),
        ("train", "train/deep/fit.py", True),
        ("train", "train", True),
        ("train/", "training/fit.py", False),
        ("train/fit.py", "train/fit.py", True),
        ("train/fit.py", "train/fit.pyc", False),
        (".", "anything/at/all", True),
        ("./train", "train/fit.py", True),
        ("*.py", "fit.py", True),
        ("*.py", "train/fit.py", False),
        ("**/*.py", "train/deep/fit.py", True),
        ("**/*.py", "fit.py", True),
        ("sql/**", "sql/a/b", True),
        ("sql/**/x.sql", "sql/x.sql", True),
        ("feed?/", "feed1/load.py", True),
        ("feed?/", "feed12/load.py", False),
        ("feed[ab]", "feeda/load.py", True),
        ("feed[!ab]", "feeda/load.py", False),
        ("feed[!ab]", "feedc/load.py", True),
        ("a+b(c).py", "a+b(c).py", True),
        ("a.py", "aXpy", False),
        ("*.py", "line\nbreak.py", True),
        ("[", "[", True),
    ],
)
def test_what_belongs(pattern: str, path: str, expected: bool) -> None:
    assert belongs(pattern, path) is expected


@given(paths, paths)
def test_a_folder_holds_what_lies_below_it(folder: str, below: str) -> None:
    assert belongs(folder, f"{folder}/{below}")
    assert belongs(f"{folder}/", f"{folder}/{below}")
    assert not belongs(folder, f"{folder}x/{below}")


@given(paths, paths)
def test_paths_start_at_the_ownership_files_folder(prefix: str, path: str) -> None:
    assert belongs(path, f"{prefix}/{path}", prefix=f"{prefix}/")
    assert belongs(path, f"other{prefix}/{path}", prefix=f"{prefix}/") is False


@given(paths, st.lists(paths, max_size=4))
def test_git_is_asked_for_all_that_belongs(path: str, more: list[str]) -> None:
    """Every file of ours lies below some path that git is asked for."""
    declared = [
        path,
        *(f"{one}/*.py" for one in more),
        *(f"{one}/**/q" for one in more),
    ]
    code = CodePaths({ETA: declared}, prefix="")
    roots = [spec.removeprefix(":(top,literal)") for spec in code.pathspecs()]
    for file in [
        f"{path}/x",
        *(f"{one}/f.py" for one in more),
        *(f"{m}/a/q" for m in more),
    ]:
        assert code.assets(file) == (ETA,)
        assert any(file == root or file.startswith(f"{root}/") for root in roots)


def test_one_file_may_belong_to_many() -> None:
    code = CodePaths({ETA: ["."], WEATHER: ["feeds/", "feeds/w.py"]}, prefix="")
    assert code.assets("feeds/w.py") == (WEATHER, ETA)
    assert code.assets("train.py") == (ETA,)


@pytest.mark.parametrize(
    "declared",
    [["."], ["*.py"], ["x", "**/y"], [f"f{n}" for n in range(MAX_PATHSPECS + 1)]],
)
def test_where_no_path_narrows_git_looks_at_all(declared: list[str]) -> None:
    assert CodePaths({ETA: declared}, prefix="").pathspecs() == ()


def test_a_path_is_never_an_option_nor_magic() -> None:
    code = CodePaths({ETA: [":(exclude)x", "--output=x"]}, prefix="")
    assert code.pathspecs() == (
        ":(top,literal)--output=x",
        ":(top,literal):(exclude)x",
    )
