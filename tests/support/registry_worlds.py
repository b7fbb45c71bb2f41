"""MLflow registries in memory: one to play with, and one of recorded answers."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from modelowners.connectors.transport import Outside, Response, Transport, Unreachable
from modelowners.core.secrets import Secrets

URL = "http://mlflow.test"
API = "/api/2.0/mlflow/"
BORN = 1_767_225_600_000
"""Milliseconds: 2026-01-01 UTC."""

Json = dict[str, object]


@dataclass
class Version:
    """One version of a model, and the run that made it."""

    number: str
    params: Mapping[str, str] = field(default_factory=lambda: {"depth": "2"})
    digest: str = "d1"
    rows: int = 1500
    columns: Mapping[str, str] = field(default_factory=lambda: {"tenure": "double"})
    libraries: str | None = "numpy==2.1.0\nscikit-learn==1.7.0\n"
    commit: str = "a" * 40
    user: str = "ana"
    accuracy: float = 0.9
    tags: dict[str, str] = field(default_factory=dict)
    description: str = ""
    run_is_there: bool = True

    @property
    def run(self) -> str:
        return f"run-{self.number}"

    def born(self, offset: int) -> int:
        return BORN + offset + int(self.number) * 3_600_000


@dataclass
class Model:
    """One registered model."""

    name: str
    versions: dict[str, Version] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    description: str = ""
    born: int = BORN
    gone: dict[str, Version] = field(default_factory=dict)

    def add(self, *versions: Version) -> None:
        for one in versions:
            self.versions[one.number] = one

    def delete(self, number: str) -> None:
        self.gone[number] = self.versions.pop(number)
        self.aliases = {a: v for a, v in self.aliases.items() if v != number}


class Registry(Transport):
    """
    Answers as MLflow 3.17 does, without a socket.

    Parameters
    ----------
    models : sequence of Model
        What it holds.
    page : int
        Entries on a page, whatever is asked for.
    """

    def __init__(self, *models: Model, page: int = 1000) -> None:
        super().__init__()
        self.models = {model.name: model for model in models}
        self.page = page
        self.is_down = False
        self.junk: list[object] = []
        self.asked: list[str] = []
        self.sent: list[Mapping[str, str]] = []
        self.refuses: tuple[str, ...] = ()

    def outside(self) -> Outside:
        return Outside(self, Secrets({"TOKEN": "canary-token"}))

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: object = None,
        timeout: float = 10,
    ) -> Response:
        del timeout
        if self.is_down:
            raise Unreachable(origin=URL, why="Connection refused")
        parts = urlsplit(url)
        assert f"{parts.scheme}://{parts.netloc}" == URL, "only the configured host"
        self.asked.append(f"{method} {parts.path}")
        self.sent.append(headers or {})
        if any(word in parts.path for word in self.refuses):
            return answer(403, {"message": "not for you"})
        query = dict(parse_qsl(parts.query))
        return self._answer(unquote(parts.path), query | _plain(body))

    def _answer(self, path: str, asked: Mapping[str, str]) -> Response:
        if path == "/model-versions/get-artifact":
            return self._artifact(asked["name"], asked["version"], asked["path"])
        if path.startswith("/api/2.0/mlflow-artifacts/artifacts/"):
            name, number, file = path.split("/artifacts/")[1].split("/")
            return self._file(self._made(name, number), file)
        call = path.removeprefix(API)
        if call.endswith("/search"):
            return self._search(call, asked)
        if call == "runs/get":
            return self._run(asked["run_id"])
        if call.startswith("logged-models/"):
            return self._logged(call.removeprefix("logged-models/"))
        return answer(404, {"message": "no such call"})

    def _search(self, call: str, asked: Mapping[str, str]) -> Response:
        if call.startswith("registered-models"):
            shown: list[object] = [_model(m) for m in self.models.values()]
            return self._paged("registered_models", [*shown, *self.junk], asked)
        wanted = asked.get("filter", "")
        shown = [
            _version(model, one)
            for model in self.models.values()
            for one in model.versions.values()
            if not wanted or wanted[6:-1] == model.name
        ]
        return self._paged("model_versions", shown, asked)

    def _paged(
        self, key: str, shown: Sequence[object], asked: Mapping[str, str]
    ) -> Response:
        token = asked.get("page_token", "")
        start = int(base64.b64decode(token)) if token else 0
        end = start + self.page
        more = {}
        if end < len(shown):
            more = {"next_page_token": base64.b64encode(str(end).encode()).decode()}
        return answer(200, {key: list(shown[start:end]), **more})

    def _all(self) -> list[tuple[Model, Version]]:
        return [
            (model, one)
            for model in self.models.values()
            for one in (*model.versions.values(), *model.gone.values())
        ]

    def _run(self, run: str) -> Response:
        for model, one in self._all():
            if f"{model.name}-{one.run}" == run and one.run_is_there:
                return answer(200, {"run": _run(one)})
        return answer(404, {"message": "no such run"})

    def _logged(self, made: str) -> Response:
        for model, one in self._all():
            if f"m-{model.name}-{one.number}" == made:
                root = f"mlflow-artifacts:/{model.name}/{one.number}"
                return answer(200, {"model": {"info": {"artifact_uri": root}}})
        return answer(404, {"message": "no such model"})

    def _made(self, name: str, number: str) -> Version | None:
        found = [v for m, v in self._all() if (m.name, v.number) == (name, number)]
        return found[0] if found else None

    def _artifact(self, name: str, number: str, file: str) -> Response:
        model = self.models.get(name)
        return self._file(model.versions.get(number) if model else None, file)

    def _file(self, one: Version | None, file: str) -> Response:
        if one is not None and file == "requirements.txt" and one.libraries is not None:
            return Response(200, body=one.libraries.encode())
        if one is not None and file == "MLmodel":
            inputs = [{"name": n, "type": t} for n, t in one.columns.items()]
            return Response(
                200, body=f"signature:\n  inputs: '{json.dumps(inputs)}'\n".encode()
            )
        return answer(404, {"message": f"No such artifact: '{file}'"})


class Recorded(Transport):
    """
    Answers what a server once answered, in its order for each request.

    Parameters
    ----------
    exchanges : sequence of dict
        With ``request`` and ``response``.
    """

    def __init__(self, exchanges: Sequence[Mapping[str, Mapping[str, object]]]) -> None:
        super().__init__()
        self._left = list(exchanges)
        self.unknown: list[str] = []

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: object = None,
        timeout: float = 10,
    ) -> Response:
        del headers, timeout
        parts = urlsplit(url)
        wanted = (method, parts.path, sorted(parse_qsl(parts.query)), body)
        for exchange in self._left:
            asked, told = exchange["request"], exchange["response"]
            split = urlsplit(str(asked["path"]))
            query = sorted(parse_qsl(split.query))
            if (asked["method"], split.path, query, asked["body"]) == wanted:
                status = told["status"]
                assert isinstance(status, int)
                return Response(status, body=str(told["text"]).encode(), origin=URL)
        self.unknown.append(f"{method} {parts.path}?{parts.query}")
        return answer(404, {"message": "never asked while it was recorded"})

    def forget_until(self, method: str) -> None:
        """Drop the exchanges up to and with the next one of a method."""
        while self._left:
            if self._left.pop(0)["request"]["method"] == method:
                return


def answer(status: int, body: object) -> Response:
    """Give an answer in JSON."""
    return Response(status, body=json.dumps(body).encode(), origin=URL)


def _plain(body: object) -> dict[str, str]:
    return {str(k): str(v) for k, v in body.items()} if isinstance(body, dict) else {}


def _pairs(values: Mapping[str, str]) -> list[Json]:
    return [{"key": key, "value": value} for key, value in values.items()]


def _model(model: Model) -> Json:
    told: Json = {"name": model.name, "creation_timestamp": model.born}
    if model.description:
        told["description"] = model.description
    if model.tags:
        told["tags"] = _pairs(model.tags)
    if model.aliases:
        entries = model.aliases.items()
        told["aliases"] = [{"alias": a, "version": v} for a, v in entries]
    if model.versions:
        newest = max(model.versions, key=int)
        told["latest_versions"] = [_version(model, model.versions[newest])]
    return told


def _version(model: Model, one: Version) -> Json:
    told: Json = {
        "name": model.name,
        "version": one.number,
        "creation_timestamp": one.born(model.born - BORN),
        "description": one.description,
        "source": f"models:/m-{model.name}-{one.number}",
        "run_id": f"{model.name}-{one.run}",
        "status": "READY",
    }
    if one.tags:
        told["tags"] = _pairs(one.tags)
    return told


def _run(one: Version) -> Json:
    data = {
        "name": "train",
        "digest": one.digest,
        "source": json.dumps({"uri": "s3://lake/train.parquet"}),
        "schema": json.dumps(
            {"mlflow_colspec": [{"name": n, "type": t} for n, t in one.columns.items()]}
        ),
        "profile": json.dumps({"num_rows": one.rows}),
    }
    context = [{"key": "mlflow.data.context", "value": "training"}]
    return {
        "info": {"user_id": one.user},
        "data": {
            "metrics": [{"key": "accuracy", "value": one.accuracy}],
            "params": _pairs(one.params),
            "tags": _pairs(
                {"mlflow.user": one.user, "mlflow.source.git.commit": one.commit}
            ),
        },
        "inputs": {"dataset_inputs": [{"tags": context, "dataset": data}]},
    }
