"""The REST calls of an MLflow server that this program makes; nothing is imported."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TypeVar
from urllib.parse import quote, urlencode

import msgspec

from modelowners.connectors.mlflow.servers import Server
from modelowners.connectors.transport import (
    BadAnswer,
    Outside,
    Response,
    TransportError,
)
from modelowners.core.errors import ModelownersError

T = TypeVar("T")

API = "/api/2.0/mlflow"
PAGE = 1000
"""Entries asked for at a time; MLflow gives no more."""

MAX_PAGES = 1000
TIMEOUT = 30.0
"""Seconds for one request: a full page of a large registry takes a while."""

NOT_FOUND = 404
REFUSED = 400


class RegistryError(ModelownersError):
    """MLflow at {origin} refused {what}: {why}."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A tag, or a parameter."""

    key: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class AliasEntry:
    """An alias of a model and the version it names."""

    alias: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredModel:
    """
    A model of the registry.

    Parameters
    ----------
    name : str
        As registered.
    creation_timestamp : int
        Milliseconds since 1970, UTC; tells a model from its successor of one name.
    description : str
        Empty where there is none.
    tags, aliases : sequence
        As MLflow lists them.
    """

    name: str
    creation_timestamp: int = 0
    description: str = ""
    tags: tuple[Pair, ...] = ()
    aliases: tuple[AliasEntry, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelVersion:
    """
    A version of a model.

    Parameters
    ----------
    name, version : str
        Of the model; decimal digits.
    creation_timestamp : int
        Milliseconds since 1970, UTC.
    description, status, user_id : str
        Empty where MLflow says nothing.
    run_id, source : str
        The run that made it, and where its files lie.
    tags : sequence of Pair
        As MLflow lists them.
    """

    name: str
    version: str
    creation_timestamp: int = 0
    description: str = ""
    status: str = ""
    user_id: str = ""
    run_id: str = ""
    source: str = ""
    tags: tuple[Pair, ...] = ()


@dataclass(frozen=True, slots=True)
class _Page:
    registered_models: tuple[msgspec.Raw, ...] = ()
    model_versions: tuple[msgspec.Raw, ...] = ()
    next_page_token: str = ""


@dataclass(frozen=True, slots=True)
class Models:
    """
    Every model of a registry.

    Parameters
    ----------
    entries : tuple of RegisteredModel
        In the server's order.
    marks : mapping of str to str
        By name: another one if anything in the entry is otherwise, read or not.
    malformed : int
        Entries that are not of the expected form; they are left out.
    """

    entries: tuple[RegisteredModel, ...] = ()
    marks: Mapping[str, str] = field(default_factory=dict)
    malformed: int = 0


@dataclass(frozen=True, slots=True)
class Versions:
    """Versions of some models; `malformed` entries are left out and counted."""

    entries: tuple[ModelVersion, ...] = ()
    malformed: int = 0


@dataclass(slots=True)
class Client:
    """
    Asks one MLflow server.

    Parameters
    ----------
    server : Server
        Where, and with which references to secrets.
    outside : Outside
        Sends the requests.
    requests : int
        How many were sent so far.
    """

    server: Server
    outside: Outside
    requests: int = field(default=0, init=False)

    def models(self) -> Models:
        """List every model with its tags and aliases."""
        raw = self._pages("registered-models/search", {}, "registered_models")
        pairs, malformed = _decoded(raw, RegisteredModel)
        marks = {model.name: sha256(each).hexdigest()[:16] for model, each in pairs}
        return Models(tuple(model for model, _ in pairs), marks, malformed)

    def versions(self, name: str | None = None) -> Versions:
        """List the versions of a model, or of all; they carry no aliases."""
        # MLflow's filters know no escape: a name with a quote takes the other kind.
        mark = '"' if name is not None and "'" in name else "'"
        query = {} if name is None else {"filter": f"name={mark}{name}{mark}"}
        raw = self._pages("model-versions/search", query, "model_versions")
        pairs, malformed = _decoded(raw, ModelVersion)
        mine = (one for one, _ in pairs if name is None or one.name == name)
        return Versions(tuple(mine), malformed)

    def model(self, name: str) -> RegisteredModel | None:
        """Give one model; None where the registry has none of that name."""
        answer = self._ask("GET", f"{API}/registered-models/get", {"name": name})
        if absent(answer):
            return None
        body = self._json(answer, f"the model {name}")
        return self._one(body.get("registered_model"), RegisteredModel)

    def run(self, run_id: str) -> Mapping[str, object] | None:
        """Give a run as MLflow tells it; None where it is gone."""
        answer = self._ask("GET", f"{API}/runs/get", {"run_id": run_id})
        return self._inner(answer, "run", f"the run {run_id}")

    def logged_model(self, model_id: str) -> Mapping[str, object] | None:
        """Give a logged model as MLflow tells it; None where it is gone."""
        place = f"{API}/logged-models/{quote(model_id, safe='')}"
        return self._inner(self._ask("GET", place), "model", f"the model {model_id}")

    def artifact(self, name: str, version: str, path: str) -> bytes | None:
        """Give a file of a version; None where there is none or it is not served."""
        query = {"name": name, "version": version, "path": path}
        answer = self._ask("GET", "/model-versions/get-artifact", query)
        return answer.body if answer.ok else None

    def stored(self, root: str, path: str) -> bytes | None:
        """Give a file below an ``mlflow-artifacts:`` root; None where there is none."""
        scheme, _, place = root.partition(":/")
        if scheme != "mlflow-artifacts":
            return None
        if place.startswith("/"):  # with a host: mlflow-artifacts://host/place
            place = place[1:].partition("/")[2]
        whole = quote(f"{place.strip('/')}/{path}")
        answer = self._ask("GET", f"/api/2.0/mlflow-artifacts/artifacts/{whole}")
        return answer.body if answer.ok else None

    def alias(self, name: str, alias: str) -> str | None:
        """
        Give the version an alias names.

        Returns
        -------
        str or None
            None where the model has no such alias, or there is no such model:
            MLflow answers 400 to the one and 404 to the other.

        Raises
        ------
        RegistryError
            If the server refuses to say.
        """
        query = {"name": name, "alias": alias}
        answer = self._ask("GET", f"{API}/registered-models/alias", query)
        if absent(answer):
            return None
        body = self._json(answer, f"the alias {alias} of {name}")
        found = self._one(body.get("model_version"), ModelVersion)
        return found.version

    def set_alias(self, name: str, alias: str, version: str) -> None:
        """Let an alias name a version; MLflow compares nothing, the last one wins."""
        body = {"name": name, "alias": alias, "version": version}
        answer = self._ask("POST", f"{API}/registered-models/alias", body=body)
        self._json(answer, f"to set {alias} of {name} to version {version}")

    def set_version_tag(self, name: str, version: str, tag: Pair) -> None:
        """Write a tag on a version."""
        body = {"name": name, "version": version, "key": tag.key, "value": tag.value}
        answer = self._ask("POST", f"{API}/model-versions/set-tag", body=body)
        self._json(answer, f"to tag version {version} of {name}")

    def _pages(
        self, call: str, query: Mapping[str, str], key: str
    ) -> Iterator[msgspec.Raw]:
        """
        Walk all pages of a listing.

        Raises
        ------
        BadAnswer
            If a page is none, or the pages never end.
        """
        token = ""
        for _ in range(MAX_PAGES):
            asked = {**query, "max_results": str(PAGE)}
            asked |= {"page_token": token} if token else {}
            answer = self._ask("GET", f"{API}/{call}", asked)
            self._accepted(answer, call)
            try:
                page = msgspec.json.decode(answer.body, type=_Page)
            except (msgspec.MsgspecError, RecursionError) as error:
                raise BadAnswer(origin=answer.origin, why=f"{call}: {error}") from None
            yield from getattr(page, key)
            if not page.next_page_token:
                return
            token = page.next_page_token
        raise BadAnswer(origin=self.server.url, why=f"{call} has no last page")

    def _ask(
        self,
        method: str,
        place: str,
        query: Mapping[str, str] | None = None,
        *,
        body: object = None,
    ) -> Response:
        self.requests += 1
        asked = f"?{urlencode(query)}" if query else ""
        return self.outside.transport.request(
            method,
            f"{self.server.url.rstrip('/')}{place}{asked}",
            headers=self._login(),
            body=body,
            timeout=TIMEOUT,
        )

    def _login(self) -> dict[str, str]:
        resolve, server = self.outside.secrets.resolve, self.server
        if server.token is not None:
            return {"authorization": f"Bearer {resolve(server.token)}"}
        if server.user is not None:
            pair = f"{resolve(server.user)}:{resolve(server.password or '')}".encode()
            return {"authorization": f"Basic {base64.b64encode(pair).decode()}"}
        return {}

    def _inner(
        self, answer: Response, key: str, what: str
    ) -> Mapping[str, object] | None:
        if absent(answer):
            return None
        found = self._json(answer, what).get(key)
        return found if isinstance(found, dict) else None

    def _json(self, answer: Response, what: str) -> Mapping[str, object]:
        """
        Read a successful answer.

        Raises
        ------
        BadAnswer
            If it is no JSON object.
        """
        self._accepted(answer, what)
        found = answer.json()
        if not isinstance(found, dict):
            raise BadAnswer(origin=answer.origin, why="expected a JSON object")
        return found

    def _one(self, found: object, kind: type[T]) -> T:
        """
        Read one entry.

        Raises
        ------
        BadAnswer
            If it is not of the expected form.
        """
        try:
            return msgspec.convert(found, kind)
        except msgspec.ValidationError as error:
            raise BadAnswer(origin=self.server.url, why=str(error)) from None

    def _accepted(self, answer: Response, what: str) -> None:
        """
        See that the server did what it was asked.

        Raises
        ------
        RegistryError
            If not, in its words.
        """
        if not answer.ok:
            why = self.outside.secrets.mask(said(answer))
            raise RegistryError(origin=answer.origin, what=what, why=why)


def absent(answer: Response) -> bool:
    """Tell whether an answer means: no such thing. 404, but 400 for an alias."""
    if answer.status == NOT_FOUND:
        return True
    return answer.status == REFUSED and said(answer).endswith("not found.")


def said(answer: Response) -> str:
    """Give a refusal in MLflow's words, as one bounded line."""
    try:
        found = answer.json()
    except TransportError:
        found = None
    told = found.get("message") if isinstance(found, dict) else None
    words = " ".join(str(told or f"status {answer.status}").split())
    return words[:300]


def _decoded(
    raw: Iterable[msgspec.Raw], kind: type[T]
) -> tuple[list[tuple[T, bytes]], int]:
    """Read entries, each with its bytes; count those of another form."""
    found: list[tuple[T, bytes]] = []
    malformed = 0
    for each in raw:
        try:
            # Servers differ in writing whole numbers as text: both are read.
            entry = msgspec.json.decode(each, type=kind, strict=False)
        except (msgspec.MsgspecError, RecursionError):
            malformed += 1
        else:
            found.append((entry, bytes(each)))
    return found, malformed
