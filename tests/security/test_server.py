"""The server refuses strangers, foreign pages and too much, on every route it has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from page_client import HOST, ORIGIN, Client
from page_worlds import PageWorld
from starlette.applications import Starlette
from starlette.routing import Route

from modelowners.cli.main import main
from modelowners.server.guard import HEADERS, MAX_BODY, MAX_INBOUND, POLICY, Guard
from modelowners.server.main import BadBind, Bind, NotLoopback, build

HOSTILE = "<script>alert(1)</script>\"'&\x1b[31m"

BIND = Bind("127.0.0.1", 8321)
FILLED = {
    "{name}": "INC-1",
    "{name:path}": "churn",
    "{act}": "ack",
    "{step}": "apply",
    "{source}": "alertmanager",
}


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Guard:
    world = PageWorld(tmp_path_factory.mktemp("guarded") / "world")
    made = build(world.site, bind=BIND)
    assert isinstance(made, Guard)
    return made


@pytest.fixture(scope="module")
def client(guarded: Guard) -> Client:
    return Client(guarded)


def routes(guarded: Guard) -> Iterator[tuple[str, str]]:
    """Every route there is, filled in, and routes there are none of."""
    app = guarded._app
    assert isinstance(app, Starlette)
    for route in app.routes:
        assert isinstance(route, Route)
        path = route.path
        for slot, value in FILLED.items():
            path = path.replace(slot, value)
        assert "{" not in path
        for method in sorted(route.methods or ()):
            yield method, path
    yield "GET", "/nowhere"
    yield "POST", "/nowhere"
    yield "DELETE", "/"
    yield "TRACE", "/"


STREAMS = {"/live"}
"""These do not end by themselves; the headers are tested in the browser."""


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8321",
        "127.0.0.1",
        "127.0.0.1:80",
        "127.0.0.1.evil.example:8321",
        "localhost:8321.evil.example",
        "169.254.169.254:8321",
        "0.0.0.0:8321",
        "",
    ],
)
def test_a_foreign_host_gets_nothing_anywhere(guarded: Guard, host: str) -> None:
    stranger = Client(guarded, host=host)
    for method, path in routes(guarded):
        answer = stranger.ask(method, path, headers={"origin": f"http://{host}"})
        assert answer.status == 421, (method, path)
        assert has_all_headers(answer.headers)


@pytest.mark.parametrize("host", ["localhost:8321", "LOCALHOST:8321", "[::1]:8321"])
def test_names_of_this_machine_are_ours(guarded: Guard, host: str) -> None:
    assert Client(guarded, host=host).get("/static/style.css").status == 200


def test_every_answer_carries_the_headers(guarded: Guard, client: Client) -> None:
    seen = set()
    for method, path in routes(guarded):
        if path in STREAMS:
            continue
        answer = client.ask(method, path, headers={"origin": ORIGIN})
        assert has_all_headers(answer.headers), (method, path)
        seen.add(answer.status)
    assert {200, 404, 405} <= seen


def test_a_failure_carries_the_headers_too(
    guarded: Guard, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object, **kinds: object) -> object:
        raise RuntimeError

    monkeypatch.setattr("modelowners.server.pages.owners.show_owners", fail)
    answer = client.get("/owners")
    assert answer.status == 500
    assert has_all_headers(answer.headers)
    assert "Traceback" not in answer.text


def has_all_headers(headers: Mapping[str, str]) -> bool:
    ours = {name: headers.get(name) for name in HEADERS}
    cached = headers.get("cache-control") in {"no-store", "no-cache"}
    no_cors = not any(name.startswith("access-control") for name in headers)
    return ours == dict(HEADERS) and cached and no_cors


def test_the_policy_is_strict() -> None:
    assert POLICY == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )


FOREIGN: tuple[dict[str, str], ...] = (
    {},
    {"origin": "null"},
    {"origin": "http://evil.example"},
    {"origin": f"https://{HOST}"},
    {"origin": "http://127.0.0.1"},
    {"origin": "http://localhost:8321"},
    {"origin": ORIGIN, "sec-fetch-site": "cross-site"},
    {"origin": ORIGIN, "sec-fetch-site": "same-site"},
    {"origin": ORIGIN, "sec-fetch-site": "none"},
    {"sec-fetch-site": "same-origin"},
    {"referer": f"{ORIGIN}/"},
)


@pytest.mark.parametrize("headers", FOREIGN)
@pytest.mark.parametrize(
    "media",
    [
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain",
        "application/json",
    ],
)
def test_foreign_pages_change_nothing(
    guarded: Guard, client: Client, headers: dict[str, str], media: str
) -> None:
    for method, path in routes(guarded):
        if method == "POST" and not path.startswith("/v1/in/"):
            sent = {**headers, "content-type": media}
            assert client.ask("POST", path, headers=sent).status == 403, path


@pytest.mark.parametrize(
    "media", ["text/plain", "multipart/form-data", "", "text/json"]
)
def test_only_forms_and_json_are_read(client: Client, media: str) -> None:
    for path in ("/acting", "/incidents/INC-1/ack", "/incidents/INC-1/fix/apply"):
        assert client.post(path, {}, content_type=media).status == 415
    assert client.send("/api/incidents/INC-1/ack", {}, content_type=media).status == 415


def test_a_form_is_no_json_and_json_no_form(client: Client) -> None:
    assert client.send("/incidents/INC-1/ack", {}).status == 415
    assert client.post("/api/incidents/INC-1/ack", {}).status == 415


@pytest.mark.parametrize(
    ("path", "limit"),
    [("/acting", MAX_BODY), ("/v1/in/alertmanager", MAX_INBOUND)],
)
@pytest.mark.parametrize("stated", [True, False])
def test_too_much_is_refused(
    client: Client, path: str, limit: int, stated: bool
) -> None:
    headers = {"origin": ORIGIN}
    if stated:
        headers["content-length"] = str(limit + 1)
    body = b"" if stated else b"x" * (limit + 1)
    answer = client.ask("POST", path, headers=headers, body=body)
    assert answer.status == 413
    assert has_all_headers(answer.headers)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"text": 1}',
        b'{"text": {}}',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"a":' * 50_000,
    ],
)
def test_hostile_json_is_never_a_failure(client: Client, body: bytes) -> None:
    headers = {"origin": ORIGIN, "content-type": "application/json"}
    answer = client.ask("POST", "/api/incidents/INC-1/note", headers=headers, body=body)
    assert 400 <= answer.status < 500
    assert "error" in answer.json()


@pytest.mark.parametrize(
    "path",
    [
        f"/models/{HOSTILE}",
        f"/incidents/{HOSTILE}",
        f"/incidents/{HOSTILE}/fix",
        "/models/../../etc/passwd",
        "/static/../main.py",
        "/static/pages.css",
        f"/fleet{HOSTILE}",
        f"/{HOSTILE}",
    ],
)
def test_hostile_paths_come_back_as_text(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status in {404, 405}
    assert "<script>alert" not in answer.text


@pytest.mark.parametrize("name", ["q", "owner", "tier", "state", "page", "asset"])
def test_hostile_queries_come_back_as_text(client: Client, name: str) -> None:
    for page in ("/", "/changes", "/incidents"):
        answer = client.get(f"{page}?{name}=%3Cscript%3Ealert(1)%3C/script%3E%00")
        assert answer.status == 200
        assert "<script>alert" not in answer.text


@pytest.mark.parametrize(
    "back", ["//evil.example", "https://evil.example", "/\\evil.example", "x", ""]
)
def test_the_way_back_stays_here(client: Client, back: str) -> None:
    answer = client.post("/acting", {"person": "bo", "back": back})
    assert answer.status == 303
    assert answer.headers["location"] == "/"


def test_the_cookie_is_kept_from_scripts_and_other_sites(client: Client) -> None:
    answer = client.post("/acting", {"person": "bo", "back": "/owners"})
    assert answer.headers["location"] == "/owners"
    cookie = answer.headers["set-cookie"].lower()
    assert cookie.startswith("acting=bo;")
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


def test_nobody_unknown_can_be_chosen(client: Client) -> None:
    answer = client.post("/acting", {"person": "mallory", "back": "/"})
    assert "set-cookie" not in answer.headers
    cookie = client.get("/owners", cookie="acting=mallory").text
    assert "nobody yet" in cookie


@pytest.mark.parametrize(
    "bind",
    [
        "0.0.0.0:8321",
        "[::]:8321",
        "192.168.1.4:8321",
        "10.0.0.1:80",
        "example.org:8321",
        "128.0.0.1:8321",
        "[::ffff:10.0.0.1]:8321",
        "localhost.evil.example:8321",
    ],
)
def test_any_bind_but_this_machine_refuses_to_start(
    bind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(NotLoopback) as refused:
        Bind.parse(bind)
    assert "no login yet" in str(refused.value)
    assert "ssh -L" in str(refused.value)
    with pytest.raises(SystemExit) as ended:
        main(["--file", str(tmp_path / "none.yaml"), "serve", "--bind", bind])
    assert ended.value.code == 2
    assert "Refused to listen" in capsys.readouterr().err


@pytest.mark.parametrize(
    "bind", ["", "8321", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:99999", "a@127.0.0.1:1"]
)
def test_what_is_no_address_is_refused(bind: str) -> None:
    with pytest.raises(BadBind):
        Bind.parse(bind)


@pytest.mark.parametrize(
    ("bind", "host"),
    [
        ("127.0.0.1:8321", "127.0.0.1"),
        ("127.8.9.1:80", "127.8.9.1"),
        ("[::1]:8321", "::1"),
        ("localhost:8321", "127.0.0.1"),
    ],
)
def test_this_machine_is_allowed(bind: str, host: str) -> None:
    assert Bind.parse(bind).host == host
