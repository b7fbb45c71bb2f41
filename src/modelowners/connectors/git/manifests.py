"""Files whose content says more than their lines: locks and parameters."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

import yaml

from modelowners.ledger.changes import ChangeKind

MAX_BYTES = 4 * 1024 * 1024
"""Bytes of a lock file that is read for its versions."""

MAX_PARAMETERS = 256 * 1024
"""Bytes of a parameter file that is read for its values: YAML is slow to read."""

MAX_VALUES = 5_000
"""Values of one file; a larger one is told by its lines alone."""

WITH_VALUES = frozenset({ChangeKind.DEPENDENCY, ChangeKind.HYPERPARAMETER})
"""Kinds whose files are read for their values."""

_REQUIREMENT = re.compile(
    r"^([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?\s*([=<>!~][^;#\s]*.*)?$"
)
_UNREADABLE = (ValueError, RecursionError, LookupError, TypeError, AttributeError)
_LOCKS = frozenset({"uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock"})
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
    >>> kind_of("etl/weather.sql").value
    'code'
    """
    name = PurePosixPath(path).name
    if name in _LOCKS or re.fullmatch(r"requirements[\w.-]*\.(txt|in|lock)", name):
        return ChangeKind.DEPENDENCY
    if name == "modelowners.yaml":
        return ChangeKind.OWNERSHIP
    if name.startswith("params") and PurePosixPath(name).suffix in _FORMATS:
        return ChangeKind.HYPERPARAMETER
    return ChangeKind.CODE


def values(path: str, content: bytes) -> dict[str, object] | None:
    r"""
    Read the values of a lock or parameter file.

    Parameters
    ----------
    path : str
        Tells the format.
    content : bytes
        Of one revision; foreign, so nothing in it is trusted.

    Returns
    -------
    dict of str to object or None
        Version by package, or value by dotted name; None where the file is
        too large or not what its name says.

    Examples
    --------
    >>> values("requirements.txt", b"numpy==2.1  # arrays\n")
    {'numpy': '==2.1'}
    >>> values("params.json", b'{"tree": {"depth": 6}}')
    {'tree.depth': 6}
    """
    is_lock = kind_of(path) is ChangeKind.DEPENDENCY
    if len(content) > (MAX_BYTES if is_lock else MAX_PARAMETERS):
        return None
    try:
        text = content.decode()
        if is_lock:
            return _bounded(_packages(PurePosixPath(path).name, text))
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
    elif name in _LOCKS:
        for entry in tomllib.loads(text).get("package", []):
            yield entry["name"], entry.get("version", "")
    else:
        for line in text.splitlines():
            found = _REQUIREMENT.match(re.split(r"[#;]| --", line)[0].strip())
            if found:
                yield found[1].lower(), (found[2] or "").strip(" \\")


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
