from __future__ import annotations

import base64
import json
from collections.abc import Mapping

import pytest
from registry_worlds import URL, Model, Registry, Version, answer

from modelowners.connectors.mlflow.client import (
    MAX_PAGES,
    Client,
    Pair,
    RegistryError,
    absent,
    said,
)
from modelowners.connectors.mlflow.servers import Server
from modelowners.connectors.transport import BadAnswer, Outside, Response, Transport
from modelowners.core.secrets import Secrets


class Scripted(Transport):
    """Gives the same answer to everything, and remembers what was asked."""

    def __init__(self, *answers: Response) -> None:
        super().__init__()
        self.answers = list(answers)
        self.asked: list[tuple[str, str, object]] = []
        self.headers: list[Mapping[str, str]] = []

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
        self.asked.append((method, url.removeprefix(URL), body))
        self.headers.append(headers or {})
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def client(transport: Transport, **options: str) -> Client:
    secrets = Secrets({"TOKEN": "canary-token", "PASSWORD": "canary-password"})
    server = Server(url=URL + "/", instance="prod", **options)  # type: ignore[arg-type] # texts
    return Client(server, Outside(transport, secrets))


def test_names_are_quoted_in_addresses() -> None:
    asked = Scripted(answer(404, {}))
    talking = client(asked)
    assert talking.model("a/b ?&=é") is None
    assert talking.logged_model("../../x") is None
    assert talking.artifact("n", "1", "a b/c") is None
    assert [place for _, place, _ in asked.asked] == [
        "/api/2.0/mlflow/registered-models/get?name=a%2Fb+%3F%26%3D%C3%A9",
        "/api/2.0/mlflow/logged-models/..%2F..%2Fx",
        "/model-versions/get-artifact?name=n&version=1&path=a+b%2Fc",
    ]
    assert talking.requests == 3


@pytest.mark.parametrize(
    ("name", "asked"), [("churn", "name='churn'"), ("o'neil", 'name="o\'neil"')]
)
def test_a_filter_takes_the_quote_the_name_has_not(name: str, asked: str) -> None:
    from urllib.parse import parse_qs, urlsplit  # noqa: PLC0415 - one test

    script = Scripted(answer(200, {}))
    assert client(script).versions(name).entries == ()
    (_, place, _) = script.asked[0]
    assert parse_qs(urlsplit(place).query)["filter"] == [asked]


def test_versions_of_another_model_are_left_out() -> None:
    told = {
        "model_versions": [{"name": "x", "version": "1"}, {"name": "y", "version": "2"}]
    }
    found = client(Scripted(answer(200, told))).versions("y")
    assert [(one.name, one.version) for one in found.entries] == [("y", "2")]


def test_numbers_written_as_text_are_read() -> None:
    told = {"registered_models": [{"name": "x", "creation_timestamp": "17"}]}
    (model,) = client(Scripted(answer(200, told))).models().entries
    assert model.creation_timestamp == 17


def test_pages_that_never_end_are_refused() -> None:
    endless = Scripted(answer(200, {"next_page_token": "x"}))
    with pytest.raises(BadAnswer, match="no last page"):
        client(endless).models()
    assert len(endless.asked) == MAX_PAGES


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b'{"registered_models": 3}',
        b"null",
        b'{"x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
)
def test_a_listing_that_is_none_is_refused(body: bytes) -> None:
    with pytest.raises(BadAnswer):
        client(Scripted(Response(200, body=body, origin=URL))).models()


def test_a_mark_moves_with_anything_in_the_entry() -> None:
    entry = {"name": "x", "unknown_field": 1}
    other = {**entry, "unknown_field": 2}
    marks = [
        client(Scripted(answer(200, {"registered_models": [one]}))).models().marks["x"]
        for one in (entry, entry, other)
    ]
    assert marks[0] == marks[1] != marks[2]


def test_a_token_or_user_and_password_are_resolved_at_each_request() -> None:
    script = Scripted(answer(404, {}))
    client(script, token="${TOKEN}").model("x")  # noqa: S106 - a reference
    client(script, user="ana", password="${PASSWORD}").model("x")  # noqa: S106 - the same
    client(script).model("x")
    basic = base64.b64encode(b"ana:canary-password").decode()
    assert script.headers == [
        {"authorization": "Bearer canary-token"},
        {"authorization": f"Basic {basic}"},
        {},
    ]


def test_a_refusal_is_told_in_mlflows_words_without_the_secret() -> None:
    script = Scripted(answer(403, {"message": "no\n right for canary-token"}))
    talking = client(script, token="${TOKEN}")  # noqa: S106 - a reference
    with pytest.raises(
        RegistryError, match=r"refused the model x: no right"
    ) as refused:
        talking.model("x")
    assert "canary" not in str(refused.value)
    assert said(Response(500, body=b"<html>")) == "status 500"
    assert len(said(answer(400, {"message": "x" * 999}))) == 300


def test_what_counts_as_absent() -> None:
    assert absent(answer(404, {}))
    assert absent(answer(400, {"message": "Registered model alias x not found."}))
    assert not absent(answer(400, {"message": "'latest' alias name is reserved."}))
    assert not absent(answer(500, {"message": "not found."}))


def test_writing_an_alias_and_a_tag() -> None:
    script = Scripted(answer(200, {}))
    talking = client(script)
    talking.set_alias("churn", "champion", "2")
    talking.set_version_tag("churn", "2", Pair("k", "v"))
    assert script.asked == [
        (
            "POST",
            "/api/2.0/mlflow/registered-models/alias",
            {"name": "churn", "alias": "champion", "version": "2"},
        ),
        (
            "POST",
            "/api/2.0/mlflow/model-versions/set-tag",
            {"name": "churn", "version": "2", "key": "k", "value": "v"},
        ),
    ]


@pytest.mark.parametrize("told", [{}, {"model_version": 3}, {"model_version": {}}])
def test_an_alias_of_nonsense_is_refused(told: object) -> None:
    with pytest.raises(BadAnswer):
        client(Scripted(answer(200, told))).alias("x", "y")


def test_where_artifacts_lie() -> None:
    script = Scripted(Response(200, body=b"x"))
    talking = client(script)
    assert talking.stored("mlflow-artifacts:/1/a b", "f.txt") == b"x"
    assert talking.stored("mlflow-artifacts://host:1/1/a", "f.txt") == b"x"
    assert talking.stored("s3://bucket/a", "f.txt") is None
    assert [place for _, place, _ in script.asked] == [
        "/api/2.0/mlflow-artifacts/artifacts/1/a%20b/f.txt",
        "/api/2.0/mlflow-artifacts/artifacts/1/a/f.txt",
    ]


def test_the_registry_in_memory_answers_like_the_recorded_one() -> None:
    model = Model("churn", tags={"owner": "x"})
    model.add(Version("1"))
    model.aliases["champion"] = "1"
    (found,) = client(Registry(model)).models().entries
    assert [(a.alias, a.version) for a in found.aliases] == [("champion", "1")]
    assert json.dumps([tag.key for tag in found.tags]) == '["owner"]'
