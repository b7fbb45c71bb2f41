from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelowners.connectors.git import manifests
from modelowners.connectors.git.manifests import kind_of, values
from modelowners.ledger.changes import ChangeKind

REQUIREMENTS = b"""# all
NumPy==2.1 ; python_version > '3'
scipy>=1,<2  # statistics
-r more.txt
x[a,b]~=1 --hash=sha256:0
plain
./local
"""
UV = b"""
version = 1
[[package]]
name = "numpy"
version = "2.1.0"
[[package]]
name = "ours"
source = { editable = "." }
"""
PYLOCK = b"""
lock-version = "1.0"
[[packages]]
name = "numpy"
version = "2.1.0"
"""
CONDA = b"""
name: churn
channels: [conda-forge]
dependencies:
- python=3.11
- conda-forge::numpy=2.1.0=py311_0
- scipy>=1.10
- pip
- pip: [mlflow==3.17.2, "lightgbm"]
"""
CONDA_VALUES = {
    "python": "=3.11",
    "numpy": "=2.1.0=py311_0",
    "scipy": ">=1.10",
    "pip": "",
    "mlflow": "==3.17.2",
    "lightgbm": "",
}
CONDA_LOCK = b"""
version: 1
package:
- {name: numpy, version: 2.1.0, manager: conda}
- {name: pip, version: 24, manager: conda}
"""
DVC_LOCK = b"""
schema: '2.0'
stages:
  prepare:
    cmd: python prepare.py
    deps:
    - {path: raw.csv, md5: 0c, size: 3}
    - {path: prepare.py, md5: 1d}
    outs:
    - {path: train.csv, md5: 2e}
  remote:
    deps:
    - {path: "s3://b/x", etag: 3f}
"""
DVC_VALUES = {
    "raw.csv": "md5:0c",
    "prepare.py": "md5:1d",
    "train.csv": "md5:2e",
    "s3://b/x": "etag:3f",
}
POINTER = b"outs:\n- md5: 1a\n  size: 2\n  hash: md5\n  path: train.csv\n"
PIPFILE = json.dumps(
    {
        "_meta": {},
        "default": {"numpy": {"version": "==2.1"}},
        "develop": {"pytest": {}},
    }
).encode()
LAUGHS = b"a: &a [x, x]\n" + b"".join(
    b"%c: &%c [*%c , *%c ]\n" % (n + 1, n + 1, n, n) for n in range(ord("a"), ord("z"))
)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("requirements.txt", ChangeKind.DEPENDENCY),
        ("deploy/requirements-dev.txt", ChangeKind.DEPENDENCY),
        ("uv.lock", ChangeKind.DEPENDENCY),
        ("a/poetry.lock", ChangeKind.DEPENDENCY),
        ("Pipfile.lock", ChangeKind.DEPENDENCY),
        ("modelowners.yaml", ChangeKind.OWNERSHIP),
        ("params.yaml", ChangeKind.HYPERPARAMETER),
        ("train/params_v2.json", ChangeKind.HYPERPARAMETER),
        ("params.toml", ChangeKind.HYPERPARAMETER),
        ("pylock.toml", ChangeKind.DEPENDENCY),
        ("pylock.dev.toml", ChangeKind.DEPENDENCY),
        ("pdm.lock", ChangeKind.DEPENDENCY),
        ("constraints.txt", ChangeKind.DEPENDENCY),
        ("environment.yml", ChangeKind.DEPENDENCY),
        ("env/environment-gpu.yaml", ChangeKind.DEPENDENCY),
        ("conda-lock.yml", ChangeKind.DEPENDENCY),
        ("dvc.lock", ChangeKind.TRAINING_DATA),
        ("data/train.parquet.dvc", ChangeKind.TRAINING_DATA),
        ("dvc.yaml", ChangeKind.CODE),
        (".dvc", ChangeKind.CODE),
        ("params.py", ChangeKind.CODE),
        ("myparams.yaml", ChangeKind.CODE),
        ("etl/weather.sql", ChangeKind.CODE),
        ("requirements.md", ChangeKind.CODE),
        ("uv.lock/readme", ChangeKind.CODE),
    ],
)
def test_kinds(path: str, kind: ChangeKind) -> None:
    assert kind_of(path) is kind


@pytest.mark.parametrize(
    ("path", "content", "expected"),
    [
        (
            "requirements.txt",
            REQUIREMENTS,
            {"numpy": "==2.1", "scipy": ">=1,<2", "x": "~=1", "plain": ""},
        ),
        ("uv.lock", UV, {"numpy": "2.1.0", "ours": ""}),
        ("Pipfile.lock", PIPFILE, {"numpy": "==2.1", "pytest": ""}),
        ("pylock.toml", PYLOCK, {"numpy": "2.1.0"}),
        ("environment.yml", CONDA, CONDA_VALUES),
        ("conda-lock.yml", CONDA_LOCK, {"numpy": "2.1.0", "pip": "24"}),
        ("dvc.lock", DVC_LOCK, DVC_VALUES),
        ("d/train.csv.dvc", POINTER, {"train.csv": "md5:1a"}),
        (
            "params.yaml",
            b"a: {b: 1, c: [1, 2]}\nd: x",
            {"a.b": 1, "a.c": [1, 2], "d": "x"},
        ),
        (
            "params.yaml",
            b"when: 2026-06-01\n1: one",
            {"when": "2026-06-01", "1": "one"},
        ),
        ("params.toml", b"lr = 0.1\n[tree]\ndepth = 6", {"lr": 0.1, "tree.depth": 6}),
        ("params.json", b"{}", {}),
        ("params.yaml", b"", {}),
    ],
)
def test_values(path: str, content: bytes, expected: dict[str, object]) -> None:
    assert values(path, content) == expected


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("params.json", b"{"),
        ("params.json", b"[" * 100_000),
        ("params.json", b"3"),
        ("params.yaml", b"\xff\xfe"),
        ("params.yaml", b"a: !!python/object/apply:os.system [id]"),
        ("params.yaml", b"a: b: c"),
        ("params.yaml", b"<<: 3"),
        ("params.toml", b"= ="),
        ("uv.lock", b"package = 3"),
        ("uv.lock", b"[[package]]\nversion = '1'"),
        ("Pipfile.lock", b"[]"),
        ("Pipfile.lock", b'{"default": [1]}'),
        ("params.json", b"1" * (manifests.MAX_BYTES + 1)),
        ("params.json", json.dumps({str(n): n for n in range(6_000)}).encode()),
    ],
)
def test_what_is_not_what_its_name_says_has_no_values(
    path: str, content: bytes
) -> None:
    assert values(path, content) is None


def test_a_billion_laughs_are_not_laughed() -> None:
    assert values("params.yaml", LAUGHS) is None


@given(
    st.sampled_from(["params.yaml", "params.json", "uv.lock", "x.lock"]), st.binary()
)
def test_foreign_bytes_raise_nothing(path: str, content: bytes) -> None:
    found = values(path, content)
    assert found is None or json.dumps(found) is not None


@given(
    st.dictionaries(st.text("ab", min_size=1), st.integers() | st.text(), max_size=5)
)
def test_flat_parameters_come_back(given_values: dict[str, object]) -> None:
    assert values("params.json", json.dumps(given_values).encode()) == given_values
