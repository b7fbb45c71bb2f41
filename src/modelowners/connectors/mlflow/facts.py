"""What MLflow tells of one version: its run, its logged model and two small files."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import TypeVar, cast

import yaml

from modelowners.connectors.mlflow.client import Client, ModelVersion, RegistryError
from modelowners.core.time import EPOCH, MICROSECOND
from modelowners.ledger.changes import Digest, Strength
from modelowners.ledger.libraries import requirements
from modelowners.ledger.versions import Dataset, Part, VersionFacts

MAX_FILE = 256 * 1024
"""Bytes of a model's description or requirements that are read."""

MAX_METRICS = 50
MAX_LINE = 200
TRAINING = frozenset({"training", "train"})
CONTEXT = "mlflow.data.context"
MODELS = "models:/"

Json = Mapping[str, object]
T = TypeVar("T")


def read_facts(client: Client, version: ModelVersion) -> VersionFacts:
    """
    Read what made a version, as far as MLflow still tells.

    Parameters
    ----------
    client : Client
        Whom to ask.
    version : ModelVersion
        Known from a listing, perhaps of an earlier look: a run outlives the
        version that it made.

    Returns
    -------
    VersionFacts
        With the parts that could not be read named.
    """
    run = _asked(client.run, version.run_id)
    logged = _asked(client.logged_model, _model_id(version.source))
    description = _document(_file(client, version, logged, "MLmodel"))
    packages = _file(client, version, logged, "requirements.txt")
    data = _pairs(run, "data", "params") or _pairs(logged, "data", "params")
    tags = _pairs(run, "data", "tags")
    return VersionFacts(
        version=version.version,
        created_at=instant(version.creation_timestamp),
        parameters=data,
        datasets=dict(_datasets(run)),
        signature={} if description is None else dict(_signature(description)),
        libraries={} if packages is None else dict(requirements(_text(packages))),
        metrics=_metrics(logged) or _metrics(run),
        commit=_line(tags.get("mlflow.source.git.commit")),
        script=_line(tags.get("mlflow.source.name")),
        user=_line(
            tags.get("mlflow.user")
            or str(_inside(run, "info").get("user_id") or "")
            or version.user_id
        ),
        run=version.run_id or None,
        unreadable=frozenset(
            part
            for part, known in {
                Part.PARAMETERS: run is not None or bool(data),
                Part.DATASETS: run is not None,
                Part.SIGNATURE: description is not None,
                Part.LIBRARIES: packages is not None,
            }.items()
            if not known
        ),
    )


def instant(millis: int) -> datetime | None:
    """
    Read MLflow's milliseconds; None of what is no instant.

    Examples
    --------
    >>> instant(1795421078490).isoformat(timespec="milliseconds")
    '2026-11-23T08:04:38.490+00:00'
    """
    try:
        return EPOCH + millis * 1000 * MICROSECOND if millis > 0 else None
    except OverflowError:
        return None


def _asked(ask: Callable[[str], Json | None], of: str | None) -> Json | None:
    """Ask for a part; one the server refuses to give counts as unreadable."""
    if not of:
        return None
    try:
        found = _clean(ask(of))
    except RegistryError:
        return None
    return found if isinstance(found, dict) else None


def _file(
    client: Client, version: ModelVersion, logged: Json | None, path: str
) -> bytes | None:
    """Read a file of a version, even of one that was deleted since."""
    found = client.artifact(version.name, version.version, path)
    root = _inside(logged, "info").get("artifact_uri")
    if found is None and isinstance(root, str):
        found = client.stored(root, path)
    return found if found is not None and len(found) <= MAX_FILE else None


def _model_id(source: str) -> str | None:
    """
    Give the logged model that a version was made from.

    Examples
    --------
    >>> _model_id("models:/m-3c47"), _model_id("runs:/6e59/model")
    ('m-3c47', None)
    """
    found = source.removeprefix(MODELS)
    return found if source.startswith(MODELS) and "/" not in found else None


def _document(content: bytes | None) -> Json | None:
    """Read a file ``MLmodel``; None of what is none."""
    if content is None:
        return None
    try:
        text = content.decode()
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text)):
            return None  # a few aliases of aliases are billions of values
        found = yaml.safe_load(text)
    except (ValueError, RecursionError, yaml.YAMLError):
        return None
    return _clean(found) if isinstance(found, dict) else None


def _signature(description: Json) -> Iterator[tuple[str, str]]:
    """Yield the type of each input, output and inference parameter."""
    signature = description.get("signature")
    if not isinstance(signature, dict):
        return
    for side in ("inputs", "outputs", "params"):
        columns = _json(signature.get(side))
        for number, column in enumerate(columns if isinstance(columns, list) else ()):
            if isinstance(column, dict):
                yield f"{side}.{column.get('name', number)}", _type(column)


def _type(column: Json) -> str:
    """
    Say a column's type in a word or two.

    Examples
    --------
    >>> _type({"type": "long", "name": "tickets", "required": False})
    'long, optional'
    >>> _type({"type": "tensor", "tensor-spec": {"dtype": "int64", "shape": [-1]}})
    'tensor int64 [-1]'
    """
    told = str(column.get("type", "unknown"))
    spec = column.get("tensor-spec")
    if isinstance(spec, dict):
        told += f" {spec.get('dtype')} {spec.get('shape')}"
    if "default" in column:
        told += f" = {column['default']}"
    return told + (", optional" if column.get("required") is False else "")


def _datasets(run: Json | None) -> Iterator[tuple[str, Dataset]]:
    """Yield the data a run was trained on; where none is marked so, all unmarked."""
    inputs = _inside(run, "inputs").get("dataset_inputs")
    marked: dict[bool, list[tuple[str, Dataset]]] = {True: [], False: []}
    for entry in inputs if isinstance(inputs, list) else ():
        data = entry.get("dataset") if isinstance(entry, dict) else None
        if not isinstance(data, dict) or not isinstance(data.get("name"), str):
            continue
        context = dict(_tags(entry.get("tags"))).get(CONTEXT)
        if context is None or context in TRAINING:
            marked[context is not None].append((data["name"], _dataset(data)))
    yield from marked[True] or marked[False]


def _dataset(data: Json) -> Dataset:
    profile, schema = _json(data.get("profile")), _json(data.get("schema"))
    rows = profile.get("num_rows") if isinstance(profile, dict) else None
    columns = schema.get("mlflow_colspec") if isinstance(schema, dict) else None
    return Dataset(
        # MLflow digests the first 10,000 rows: equal proves nothing.
        digest=Digest(str(data.get("digest", "")), "mlflow", Strength.SAMPLED),
        rows=rows if isinstance(rows, int) and not isinstance(rows, bool) else None,
        source=_place(data),
        columns={
            str(column.get("name", number)): str(column.get("type", "unknown"))
            for number, column in enumerate(
                columns if isinstance(columns, list) else ()
            )
            if isinstance(column, dict)
        },
    )


def _place(data: Json) -> str | None:
    source = _json(data.get("source"))
    if not isinstance(source, dict):
        return None
    for key in ("uri", "url", "path", "table_name", "delta_table_name"):
        if isinstance(source.get(key), str):
            return _line(source[key])
    return None


def _metrics(found: Json | None) -> dict[str, float]:
    entries = _inside(found, "data").get("metrics")
    told = {
        str(entry.get("key")): float(entry["value"])
        for entry in (entries if isinstance(entries, list) else ())
        if isinstance(entry, dict) and _is_finite(entry.get("value"))
    }
    return dict(sorted(told.items())[:MAX_METRICS])


def _is_finite(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value)


def _pairs(found: Json | None, *path: str) -> dict[str, str]:
    value: object = found
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return dict(sorted(_tags(value)))


def _tags(entries: object) -> Iterator[tuple[str, str]]:
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict) and isinstance(entry.get("key"), str):
            yield entry["key"], str(entry.get("value", ""))


def _inside(found: Json | None, key: str) -> Json:
    value = (found or {}).get(key)
    return value if isinstance(value, dict) else {}


def _json(text: object) -> object:
    """Read JSON that MLflow keeps as text; None of what is none."""
    try:
        return _clean(json.loads(text)) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        return None


def _clean(value: T) -> T:
    """Replace what is no Unicode text: escapes can write half a character."""
    found: object = value
    if isinstance(value, str):
        found = value.encode("utf-8", "replace").decode()
    elif isinstance(value, list):
        found = [_clean(item) for item in value]
    elif isinstance(value, dict):
        found = {_clean(key): _clean(item) for key, item in value.items()}
    return cast("T", found)


def _text(content: bytes) -> str:
    return content.decode("utf-8", "replace")


def _line(value: object) -> str | None:
    """Make one printable line of foreign text; None of nothing."""
    if not isinstance(value, str):
        return None
    shown = "".join(char if char.isprintable() else " " for char in value).strip()
    return shown[:MAX_LINE] or None
