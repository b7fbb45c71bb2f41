"""Servers on loopback that speak as Slack, PagerDuty and listeners do, strictly."""

from __future__ import annotations

import base64
import hmac
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar, TypeVar

from jsonschema import Draft202012Validator

from modelowners.connectors.transport import Outside, Transport
from modelowners.core.secrets import Secrets

LOOPBACK = ("127.0.0.0/8",)
TOKEN = "xoxb-canary-0f6e4b9a"  # noqa: S105 - a test's
ROUTING_KEY = "c0ffee00c0ffee00c0ffee00c0ffee00"
OLD_SECRET = "whsec_" + base64.b64encode(b"the former secret, 32 bytes long").decode()
NEW_SECRET = "whsec_" + base64.b64encode(b"the present secret of 32 bytes..").decode()
INGEST_TOKEN = "mo_canary_5d1f"  # noqa: S105 - a test's
VALUES = {
    "SLACK_BOT_TOKEN": TOKEN,
    "PAGERDUTY_FEEDS": ROUTING_KEY,
    "WEBHOOK_SECRET": NEW_SECRET,
    "WEBHOOK_SECRET_OLD": OLD_SECRET,
    "INGEST_TOKEN": INGEST_TOKEN,
}
"""What the environment holds; every value is a canary."""


def outside(**more: str) -> Outside:
    """The way out as the program makes it, with loopback allowed."""
    secrets = Secrets({**VALUES, **more})
    return Outside(Transport(LOOPBACK, secrets=secrets), secrets)


@dataclass(frozen=True)
class Request:
    """What a server was asked."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, object]:
        """The body as a JSON object."""
        found = json.loads(self.body)
        assert isinstance(found, dict)
        return found


@dataclass(frozen=True)
class Answer:
    """What a server says."""

    status: int = 200
    body: object = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def payload(self) -> bytes:
        """The body's bytes: JSON unless it is text."""
        if isinstance(self.body, bytes):
            return self.body
        if isinstance(self.body, str):
            return self.body.encode()
        return json.dumps(self.body).encode()


class Unexpected(Exception):
    """The peer would have refused this."""


@dataclass
class Peer:
    """
    A server that fails the test on any message it does not expect.

    `answers` are given first, one a request, without looking at it; `faults`
    is what it did not expect, `taken` what it accepted.
    """

    url: str = ""
    answers: list[Answer] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    taken: list[dict[str, object]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    swallow: int = 0
    """So many requests are taken, and never answered."""
    down: bool = False
    """It answers 503, whatever it is asked."""

    def handle(self, request: Request) -> Answer:
        """Answer as the real one would; raise `Unexpected` where it would not."""
        raise NotImplementedError

    def respond(self, request: Request) -> Answer | None:
        """Answer from the script, else as the real one would; None hangs up."""
        self.requests.append(request)
        if self.down:
            return Answer(503, "down for maintenance", {"Retry-After": "20"})
        if self.answers:
            return self.answers.pop(0)
        try:
            answer = self.handle(request)
        except (Unexpected, AssertionError, ValueError, KeyError) as error:
            self.faults.append(f"{request.path}: {type(error).__name__} {error}")
            return Answer(400, {"error": str(error)})
        if self.swallow:
            self.swallow -= 1
            return None
        return answer


P = TypeVar("P", bound=Peer)


@contextmanager
def serving(peer: P) -> Iterator[P]:
    """Run a peer until it is left; then nothing unexpected may have come."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            size = int(self.headers.get("Content-Length", "0"))
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Request("POST", self.path, headers, self.rfile.read(size))
            answer = peer.respond(request)
            self.close_connection = True
            if answer is None:
                return
            payload = answer.payload
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    peer.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.01}
    )
    thread.start()
    try:
        yield peer
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert peer.faults == []


def plain_text(longest: int) -> dict[str, object]:
    """Give the schema of a plain text of at most so many characters."""
    return {
        "type": "object",
        "properties": {
            "type": {"const": "plain_text"},
            "text": {"type": "string", "minLength": 1, "maxLength": longest},
            "emoji": {"type": "boolean"},
        },
        "required": ["type", "text"],
        "additionalProperties": False,
    }


def block(kind: str, **properties: object) -> dict[str, object]:
    """Give the schema of a block that holds just these."""
    return {
        "type": "object",
        "properties": {"type": {"const": kind}, **properties},
        "required": ["type", *properties],
        "additionalProperties": False,
    }


ELEMENTS = {"type": "array", "minItems": 1, "maxItems": 10, "items": plain_text(3000)}
BLOCKS = {
    "type": "array",
    "minItems": 1,
    "maxItems": 50,
    "items": {
        "oneOf": [
            block("header", text=plain_text(150)),
            block("section", text=plain_text(3000)),
            block("context", elements=ELEMENTS),
        ]
    },
}
"""https://docs.slack.dev/reference/block-kit/blocks, as far as we use it."""

CONTENT = {
    "text": {"type": "string", "minLength": 1, "maxLength": 40_000},
    "blocks": BLOCKS,
    "mrkdwn": {"type": "boolean"},
    "parse": {"enum": ["none", "full"]},
    "link_names": {"const": False},
}
SLACK_METHODS: Mapping[str, Mapping[str, object]] = {
    "/api/chat.postMessage": {
        "type": "object",
        "properties": {
            **CONTENT,
            "channel": {"type": "string", "minLength": 1},
            "thread_ts": {"type": "string", "pattern": r"^\d+\.\d{6}$"},
            "reply_broadcast": {"type": "boolean"},
            "unfurl_links": {"type": "boolean"},
            "unfurl_media": {"type": "boolean"},
        },
        "required": ["channel", "text", "blocks"],
        "additionalProperties": False,
    },
    "/api/chat.update": {
        "type": "object",
        "properties": {
            **CONTENT,
            "channel": {"type": "string", "pattern": "^C[A-Z0-9]+$"},
            "ts": {"type": "string", "pattern": r"^\d+\.\d{6}$"},
        },
        "required": ["channel", "ts", "text", "blocks"],
        "additionalProperties": False,
    },
    "/services/T0/B0/hook-canary-77": {
        "type": "object",
        "properties": CONTENT,
        "required": ["text"],
        "additionalProperties": False,
    },
}
"""https://docs.slack.dev/reference/methods; of the last, docs.slack.dev/messaging."""

MAX_ALL_BLOCKS = 13_000
"""Not documented; see https://github.com/slackapi/bolt-js/issues/2509."""


@dataclass
class SlackPeer(Peer):
    """Slack's Web API and one incoming webhook; channels hold what they show."""

    shown: dict[str, dict[str, object]] = field(default_factory=dict)
    gone: bool = False
    HOOK: ClassVar[str] = "/services/T0/B0/hook-canary-77"

    def handle(self, request: Request) -> Answer:
        """Check a call against the method's arguments, and keep the message."""
        if request.path not in SLACK_METHODS:
            raise Unexpected("no such method")
        if not request.headers["content-type"].startswith("application/json"):
            raise Unexpected("no JSON")
        body = request.json()
        check(SLACK_METHODS[request.path], body)
        refuse_control_sequences(body)
        if request.path == self.HOOK:
            self.taken.append(body)
            return Answer(200, "ok")
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return Answer(200, {"ok": False, "error": "invalid_auth"})
        if len(json.dumps(body["blocks"], ensure_ascii=False)) > MAX_ALL_BLOCKS:
            return Answer(200, {"ok": False, "error": "msg_blocks_too_long"})
        return self._keep(request.path, body)

    def _keep(self, path: str, body: dict[str, object]) -> Answer:
        if path == "/api/chat.update":
            ts = str(body["ts"])
            if self.gone or ts not in self.shown:
                return Answer(200, {"ok": False, "error": "message_not_found"})
        else:
            if (root := body.get("thread_ts")) is not None and root not in self.shown:
                return Answer(200, {"ok": False, "error": "thread_not_found"})
            ts = f"17000000{len(self.shown):02}.000100"
        self.shown[ts] = body
        self.taken.append(body)
        return Answer(200, {"ok": True, "channel": "C024BE91L", "ts": ts})


def refuse_control_sequences(value: object) -> None:
    """Refuse what Slack would read as a mention or a link: we never write one."""
    for text in texts_of(value):
        if "<" in text or ">" in text:
            raise Unexpected(f"an unescaped sign in {text!r}")


def texts_of(value: object) -> Iterator[str]:
    """Give every text in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for child in value.values():
            yield from texts_of(child)
    elif isinstance(value, list):
        for child in value:
            yield from texts_of(child)


LINKS = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {"href": {"type": "string"}, "text": {"type": "string"}},
        "required": ["href"],
        "additionalProperties": False,
    },
}
INSTANT = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$"}
ALERT_EVENT = {
    "type": "object",
    "properties": {
        "routing_key": {"type": "string", "minLength": 32, "maxLength": 32},
        "event_action": {"enum": ["trigger", "acknowledge", "resolve"]},
        "dedup_key": {"type": "string", "minLength": 1, "maxLength": 255},
        "client": {"type": "string"},
        "client_url": {"type": "string"},
        "links": LINKS,
        "payload": {
            "type": "object",
            "properties": {
                "summary": {"type": "string", "minLength": 1, "maxLength": 1024},
                "timestamp": INSTANT,
                "severity": {"enum": ["critical", "warning", "error", "info"]},
                "source": {"type": "string", "minLength": 1},
                "component": {"type": "string"},
                "group": {"type": "string"},
                "class": {"type": "string"},
                "custom_details": {"type": "object"},
            },
            "required": ["summary", "severity", "source"],
            "additionalProperties": False,
        },
    },
    "required": ["routing_key", "event_action", "dedup_key"],
    "if": {"properties": {"event_action": {"const": "trigger"}}},
    "then": {"required": ["payload"]},
    "additionalProperties": False,
}
"""PagerDuty/api-schema, reference/events-v2/openapiv3.json, with its guide's limits."""

CHANGE_EVENT = {
    "type": "object",
    "properties": {
        "routing_key": {"type": "string", "minLength": 32, "maxLength": 32},
        "payload": {
            "type": "object",
            "properties": {
                "summary": {"type": "string", "minLength": 1, "maxLength": 1024},
                "timestamp": INSTANT,
                "source": {"type": "string"},
                "custom_details": {"type": "object"},
            },
            "required": ["summary"],
            "additionalProperties": False,
        },
        "links": LINKS,
    },
    "required": ["routing_key", "payload"],
    "additionalProperties": False,
}
"""https://developer.pagerduty.com/docs/send-change-event."""

MAX_EVENT = 512 * 1024


@dataclass
class PagerDutyPeer(Peer):
    """PagerDuty's Events API v2, with the state of each alert."""

    alerts: dict[str, str] = field(default_factory=dict)
    changes: list[dict[str, object]] = field(default_factory=list)
    woken: int = 0
    """How often somebody's telephone rang."""

    def handle(self, request: Request) -> Answer:
        """Check an event against the schema, and move its alert."""
        body = request.json()
        if len(request.body) > MAX_EVENT:
            return Answer(413, {"status": "invalid event", "message": "too large"})
        if body.get("routing_key") != ROUTING_KEY:
            errors = ["Length of 'routing_key' is incorrect (should be 32 characters)"]
            return Answer(
                400,
                {
                    "status": "invalid event",
                    "message": "Event object is invalid",
                    "errors": errors,
                },
            )
        if request.path == "/v2/change/enqueue":
            check(CHANGE_EVENT, body)
            self.changes.append(body)
        elif request.path == "/v2/enqueue":
            check(ALERT_EVENT, body)
            self._move(str(body["dedup_key"]), str(body["event_action"]))
        else:
            raise Unexpected("no such path")
        self.taken.append(body)
        said = {"status": "success", "message": "Event processed"}
        return Answer(202, {**said, "dedup_key": body.get("dedup_key")})

    def _move(self, key: str, action: str) -> None:
        stood = self.alerts.get(key)
        if action == "trigger":
            self.woken += stood in {None, "resolved"}
            self.alerts[key] = (
                "acknowledged" if stood == "acknowledged" else "triggered"
            )
        elif stood in {"triggered", "acknowledged"}:
            self.alerts[key] = {"acknowledge": "acknowledged"}.get(action, "resolved")


@dataclass
class Listener(Peer):
    """Somebody's own service: verifies as the Standard Webhooks libraries do."""

    secrets: tuple[str, ...] = (NEW_SECRET,)
    now: float = 0.0
    seen: dict[str, dict[str, object]] = field(default_factory=dict)

    def handle(self, request: Request) -> Answer:
        """Verify one of the signatures, and drop what was seen before."""
        ident = request.headers["webhook-id"]
        sent = request.headers["webhook-timestamp"]
        if abs(self.now - int(sent)) > 300:
            raise Unexpected("the time stamp is too old or too new")
        signed = f"{ident}.{sent}.".encode() + request.body
        made = (hmac.digest(key_of(one), signed, "sha256") for one in self.secrets)
        wanted = {base64.b64encode(one).decode() for one in made}
        given = request.headers["webhook-signature"].split(" ")
        found = {one.partition(",")[2] for one in given if one.startswith("v1,")}
        if not found & wanted:
            return Answer(401, "no signature fits")
        body = request.json()
        check(EVENT, body)
        self.seen.setdefault(ident, body)
        self.taken.append(body)
        return Answer(204, "")


def key_of(secret: str) -> bytes:
    """The bytes a listener signs with."""
    return base64.b64decode(secret.removeprefix("whsec_"))


EVENT = {
    "type": "object",
    "properties": {
        "type": {"type": "string", "pattern": r"^[a-zA-Z0-9_]+(\.[a-zA-Z0-9_]+)*$"},
        "timestamp": INSTANT,
        "data": {"type": "object"},
    },
    "required": ["type", "timestamp", "data"],
    "additionalProperties": False,
}
"""Standard Webhooks specification, "Payload structure"."""


def check(schema: Mapping[str, object], value: object) -> None:
    """Refuse what a schema does not allow."""
    errors = [
        error.message for error in Draft202012Validator(schema).iter_errors(value)
    ]
    if errors:
        raise Unexpected("; ".join(errors)[:500])
