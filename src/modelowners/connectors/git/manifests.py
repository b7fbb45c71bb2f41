"""Files whose content says more than their lines: locks, parameters, DVC's pointers."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

import yaml

from modelowners.ledger.changes import ChangeKind
from modelowners.ledger.libraries import requirements

MAX_BYTES = 4 * 1024 * 1024
"""Bytes of a lock file that is read for its versions."""

MAX_PARAMETERS = 256 * 1024
"""Bytes of a parameter file that is read for its values: YAML is slow to read."""

MAX_VALUES = 5_000
"""Values of one file; a larger one is told by its lines alone."""

WITH_VALUES = frozenset(
    {ChangeKind.DEPENDENCY, ChangeKind.HYPERPARAMETER, ChangeKind.TRAINING_DATA}
)
"""Kinds whose files are read for their values."""

_UNREADABLE = (ValueError, RecursionError, LookupError, TypeError, AttributeError)
_TABLES = re.compile(r"uv\.lock|poetry\.lock|pdm\.lock|pylock(\.[\w-]+)?\.toml")
_CONDA = re.compile(r"(conda-lock|conda|environment[\w-]*)\.ya?ml")
_LINES = re.compile(r"(requirements|constraints)[\w.-]*\.(txt|in|lock)")
_HASHES = ("md5", "etag", "checksum", "version_id")
"""How DVC names the content of a file, the strongest first."""

_FORMATS = frozenset({".yaml", ".yml", ".json", ".toml"})


def kind_of(path: str) -> ChangeKind:
    """
    Tell what sort of change an edit of a file is.

    Parameters
    ----------
    path : str
        From the root of the repository, with ``/``.

    Examples
    --------
    >>> kind_of("train/params.yaml").value, kind_of("uv.lock").value
    ('hyperparameter', 'dependency')
    >>> kind_of("etl/weather.sql").value, kind_of("data/train.csv.dvc").value
    ('code', 'training_data')
    """
    name = PurePosixPath(path).name
    if any(lock.fullmatch(name) for lock in (_TABLES, _CONDA, _LINES)):
        return ChangeKind.DEPENDENCY
    if name == "Pipfile.lock":
        return ChangeKind.DEPENDENCY
    if name == "dvc.lock" or (name.endswith(".dvc") and name != ".dvc"):
        return ChangeKind.TRAINING_DATA
    if name == "modelowners.yaml":
        return ChangeKind.OWNERSHIP
    if name.startswith("params") and PurePosixPath(name).suffix in _FORMATS:
        return ChangeKind.HYPERPARAMETER
    return ChangeKind.CODE


def values(path: str, content: bytes) -> dict[str, object] | None:
    r"""
    Read the values of a lock, a parameter file or a pointer of DVC.

    Parameters
    ----------
    path : str
        Tells the format.
    content : bytes
        Of one revision; foreign, so nothing in it is trusted.

    Returns
    -------
    dict of str to object or None
        Version by package, value by dotted name, or content's hash by path;
        None where the file is too large or not what its name says.

    Examples
    --------
    >>> values("requirements.txt", b"numpy==2.1  # arrays\n")
    {'numpy': '==2.1'}
    >>> values("params.json", b'{"tree": {"depth": 6}}')
    {'tree.depth': 6}
    """
    kind, name = kind_of(path), PurePosixPath(path).name
    is_yaml = kind is not ChangeKind.DEPENDENCY or _CONDA.fullmatch(name)
    if len(content) > (MAX_PARAMETERS if is_yaml else MAX_BYTES):
        return None
    try:
        text = content.decode()
        if kind is ChangeKind.DEPENDENCY:
            return _bounded(_packages(name, text))
        if kind is ChangeKind.TRAINING_DATA:
            return _bounded(_pointers(_parsed("dvc.yaml", text)))
        return _bounded(_flat("", _parsed(path, text)))
    except (*_UNREADABLE, yaml.YAMLError):
        # Not what its name says: its lines are still in the ledger.
        return None


def _parsed(path: str, text: str) -> object:
    """
    Read a document in the format its name tells.

    Raises
    ------
    ValueError
        If it is not in that format, or uses aliases.
    """
    suffix = PurePosixPath(path).suffix
    if suffix == ".json":
        return json.loads(text)
    if suffix == ".toml":
        return tomllib.loads(text)
    if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text)):
        # A few aliases of aliases are billions of values once written out.
        raise ValueError(path)
    return yaml.safe_load(text)


def _packages(name: str, text: str) -> Iterator[tuple[str, object]]:
    if name == "Pipfile.lock":
        locked = json.loads(text)
        for section in ("default", "develop"):
            for package, entry in locked.get(section, {}).items():
                yield package, entry.get("version", "")
    elif _TABLES.fullmatch(name):
        found = tomllib.loads(text)
        for entry in (*found.get("package", []), *found.get("packages", [])):
            yield entry["name"], entry.get("version", "")
    elif _CONDA.fullmatch(name):
        yield from _conda(_parsed(name, text))
    else:
        yield from requirements(text)


def _conda(found: object) -> Iterator[tuple[str, object]]:
    """
    Walk an environment of conda, or what conda-lock made of it.

    Raises
    ------
    TypeError
        If it is neither.
    """
    if not isinstance(found, Mapping):
        raise TypeError(found)
    for entry in found.get("package", []):
        yield entry["name"], str(entry.get("version", ""))
    for entry in found.get("dependencies", []):
        if isinstance(entry, Mapping):
            yield from requirements("\n".join(map(str, entry.get("pip", []))))
            continue
        # channel::name=version=build
        name, _, version = str(entry).rpartition("::")[2].partition("=")
        split = re.match(r"[\w.-]+", name)
        label = split[0] if split else name
        asked = f"={version}" if version else ""
        yield label.lower(), f"{name[len(label) :]}{asked}".strip()


def _pointers(found: object) -> Iterator[tuple[str, object]]:
    """
    Walk what DVC notes of data: each path and the hash of its content.

    Raises
    ------
    TypeError
        If it is no file of DVC.
    """
    if not isinstance(found, Mapping):
        raise TypeError(found)
    stages = found.get("stages")
    for stage in stages.values() if isinstance(stages, Mapping) else [found]:
        for entry in (*stage.get("deps", []), *stage.get("outs", [])):
            told = next((f"{h}:{entry[h]}" for h in _HASHES if h in entry), None)
            if told is not None:
                yield str(entry["path"]), told


def _flat(prefix: str, value: object) -> Iterator[tuple[str, object]]:
    """
    Walk a document leaf by leaf; lists count as leaves.

    Raises
    ------
    TypeError
        If the whole document is one bare value.
    """
    if isinstance(value, Mapping):
        for key, child in value.items():
            yield from _flat(f"{prefix}.{key}" if prefix else str(key), child)
    elif prefix:
        # Dates and the like are told as JSON tells them: as text.
        yield prefix, json.loads(json.dumps(value, default=str)[:MAX_BYTES])
    elif value is not None:
        raise TypeError(value)


def _bounded(pairs: Iterator[tuple[str, object]]) -> dict[str, object] | None:
    found: dict[str, object] = {}
    for count, (name, value) in enumerate(pairs):
        if count == MAX_VALUES:
            return None
        found[name] = value
    return found
