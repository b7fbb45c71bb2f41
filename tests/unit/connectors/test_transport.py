from __future__ import annotations

import threading
import time
from datetime import timedelta
from ipaddress import ip_address

import pytest
from http_worlds import plain, raw, wire
from hypothesis import given
from hypothesis import strategies as st

from modelowners.connectors.transport import (
    BadAnswer,
    BadUrl,
    NoAnswer,
    Outside,
    PrivateAddress,
    Response,
    Transport,
    TransportError,
    Unreachable,
    _Target,
    is_public,
)
from modelowners.core.secrets import Secrets

LOOPBACK = ["127.0.0.0/8"]
loopback = pytest.mark.loopback


def transport(**options: int) -> Transport:
    return Transport(LOOPBACK, **options)  # type: ignore[arg-type] # options are ints


@loopback
def test_a_request_arrives_and_its_answer_comes_back() -> None:
    handle = plain(b'{"a": 1}', status="201 Created", extra="X-Name: Value\r\n")
    with wire(handle) as server:
        found = transport().request(
            "POST",
            f"{server.url}/path?q=1",
            headers={"Authorization": "Bearer x"},
            body={"name": "é"},
        )
    assert (found.status, found.ok, found.json()) == (201, True, {"a": 1})
    assert found.headers["x-name"] == "Value"
    assert found.origin == server.url
    (request,) = server.requests
    head, _, body = request.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /path?q=1 HTTP/1.1\r\n")
    assert f"host: 127.0.0.1:{server.port}".encode() in head.lower()
    assert b"authorization: bearer x" in head.lower()
    assert b"content-type: application/json" in head.lower()
    assert body == '{"name": "é"}'.encode()


@loopback
def test_bytes_go_as_they_are_and_nothing_is_sent_without_a_body() -> None:
    with wire(plain()) as server:
        transport().request("POST", server.url, body=b"\x00raw")
        transport().request("GET", server.url)
    first, second = server.requests
    assert first.endswith(b"\r\n\r\n\x00raw")
    assert b"content-type" not in first.lower()
    assert second.startswith(b"GET / HTTP/1.1")
    assert second.endswith(b"\r\n\r\n")


@loopback
@pytest.mark.parametrize("status", ["404 Not Found", "500 Oops", "302 Found"])
def test_any_status_is_an_answer_and_redirections_are_not_followed(status: str) -> None:
    extra = "Location: http://127.0.0.1:1/elsewhere\r\n"
    with wire(plain(b"", status=status, extra=extra)) as server:
        found = transport().request("GET", server.url)
        assert found.status == int(status[:3])
        assert len(server.requests) == 1


@loopback
def test_no_proxy_is_taken_from_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with wire(plain()) as server:
        assert transport().request("GET", server.url).ok


@loopback
def test_an_answer_longer_than_allowed_is_refused() -> None:
    with wire(plain(b"x" * 1001)) as server:
        with pytest.raises(BadAnswer, match="longer than 1000 bytes") as refused:
            transport(max_body=1000).request("GET", server.url)
        assert refused.value.sent
        assert len(transport(max_body=1001).request("GET", server.url).body) == 1001


@loopback
def test_an_answer_that_ends_early_is_refused() -> None:
    with (
        wire(raw(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")) as server,
        pytest.raises(TransportError) as refused,
    ):
        transport().request("GET", server.url)
    assert refused.value.sent


@loopback
@pytest.mark.parametrize(
    "told", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"\x00" * 100]
)
def test_an_answer_that_is_none_may_have_arrived(told: bytes) -> None:
    with wire(raw(told)) as server, pytest.raises(NoAnswer) as refused:
        transport().request("GET", server.url)
    assert refused.value.sent


@loopback
def test_time_bounds_the_whole_and_not_each_byte() -> None:
    done = threading.Event()

    def drip(connection: object, request: bytes) -> None:
        del request
        while not done.wait(0.05):
            connection.sendall(b"H")  # type: ignore[attr-defined] # a socket

    started = time.monotonic()
    with wire(drip) as server:
        with pytest.raises(NoAnswer, match=r"not within 0\.5 seconds"):
            transport().request("GET", server.url, timeout=0.5)
        done.set()
    assert time.monotonic() - started < 10


@loopback
def test_nobody_listening_was_not_sent() -> None:
    with wire(plain()) as server:
        pass
    with pytest.raises(Unreachable, match="refused") as refused:
        transport().request("GET", server.url)
    assert not refused.value.sent


@loopback
def test_the_second_address_is_tried_where_the_first_does_not_answer() -> None:
    with wire(plain()) as server:
        door = Transport(
            [*LOOPBACK, "::1"], resolve=lambda _h, _p: ["::1", "127.0.0.1"]
        )
        found = door.request("GET", f"http://host.test:{server.port}/")
        assert found.ok
    assert f"host: host.test:{server.port}".encode() in server.requests[0].lower()


def test_a_name_that_leads_nowhere() -> None:
    def none(host: str, port: int) -> list[str]:
        del host, port
        return []

    def failing(host: str, port: int) -> list[str]:
        raise OSError(-2, "Name or service not known")

    with pytest.raises(Unreachable, match="no address"):
        Transport(resolve=none).request("GET", "https://x.test/")
    with pytest.raises(Unreachable, match="Name or service not known"):
        Transport(resolve=failing).request("GET", "https://x.test/")


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("ftp://x.test/", "no http or https"),
        ("x.test/path", "no http or https"),
        ("/path", "no http or https"),
        ("http://", "no http or https"),
        ("http://u:p@x.test/", "user and password"),
        ("http://x.test:99999/", "no address"),
        ("http://[::1/", "no address"),
    ],
)
def test_an_address_that_is_none_is_refused(url: str, why: str) -> None:
    with pytest.raises(BadUrl, match=why) as refused:
        Transport().request("GET", url)
    assert "u:p" not in str(refused.value)


def test_a_header_or_method_cannot_break_out() -> None:
    door = Transport(resolve=lambda _h, _p: ["127.0.0.1"])
    for headers in ({"a": "b\r\nc: d"}, {"a\n": "b"}, {"a": "\0"}):
        with pytest.raises(BadUrl, match="line break"):
            door.request("GET", "http://x.test/", headers=headers)
    with pytest.raises(BadUrl, match="unknown method"):
        door.request("GET / HTTP/1.1\r\nX:", "http://x.test/")


def test_neither_path_nor_secret_shows_in_an_error() -> None:
    secrets = Secrets({"HOOK": "canary-hook"})
    url = secrets.resolve("https://hooks.test/services/${HOOK}?key=${HOOK}")

    def quoting(host: str, port: int) -> list[str]:
        raise OSError(f"cannot resolve for {url}")

    door = Transport(secrets=secrets, resolve=quoting)
    with pytest.raises(Unreachable) as refused:
        door.request("POST", url, headers={"x": "canary-hook"}, body={})
    assert "canary" not in f"{refused.value!s}{refused.value!r}"
    assert refused.value.__cause__ is None
    assert "https://hooks.test" in str(refused.value)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2001:4860:4860::8888", True),
        ("::ffff:8.8.8.8", True),
        ("0.0.0.0", False),  # noqa: S104 - an address to refuse
        ("127.0.0.1", False),
        ("10.0.0.1", False),
        ("172.16.0.1", False),
        ("192.168.0.1", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("224.0.0.1", False),
        ("239.255.255.250", False),
        ("240.0.0.1", False),
        ("255.255.255.255", False),
        ("::", False),
        ("::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("fe80::1", False),
        ("fc00::1", False),
        ("fec0::1", False),
        ("ff02::1", False),
        ("2002:7f00:1::", False),
        ("64:ff9b::a9fe:a9fe", False),
        ("2001:0:7f00:1::", False),
    ],
)
def test_which_addresses_are_public(address: str, public: bool) -> None:
    assert is_public(ip_address(address)) is public


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_in_disguise_is_no_more_public(address: object) -> None:
    mapped = ip_address(f"::ffff:{address}")
    nat64 = ip_address(int(ip_address("64:ff9b::")) + int(ip_address(str(address))))
    plain_one = ip_address(str(address))
    assert is_public(mapped) == is_public(plain_one)
    assert is_public(nat64) <= is_public(plain_one)


def refused(allow: list[str], host: str, *addresses: str) -> bool:
    """Tell whether a host of these addresses is refused; nothing listens there."""
    door = Transport(allow, resolve=lambda _h, _p: list(addresses))
    try:
        door._checked(_Target.parse(f"http://{host}/"))
    except PrivateAddress:
        return True
    return False


def test_one_private_address_among_public_ones_is_enough() -> None:
    assert refused([], "x.test", "8.8.8.8", "127.0.0.1")
    assert not refused([], "x.test", "8.8.8.8", "1.1.1.1")


def test_what_the_settings_allow() -> None:
    assert not refused(["10.0.0.0/8"], "x.test", "10.1.2.3")
    assert refused(["10.0.0.0/8"], "x.test", "192.168.0.1")
    assert not refused(["127.0.0.1/8"], "x.test", "::ffff:127.0.0.9")
    assert not refused([" ml.internal ", ""], "ML.internal", "192.168.0.1")
    assert refused(["ml.internal"], "evil.ml.internal", "192.168.0.1")
    assert not refused(["::1"], "x.test", "::1")


def test_a_named_host_does_not_reach_what_clouds_keep_link_local() -> None:
    assert refused(["ml.internal"], "ml.internal", "169.254.169.254")
    assert not refused(["169.254.0.0/16"], "ml.internal", "169.254.169.254")


def test_a_response_reads_what_it_can() -> None:
    assert Response(200, {"retry-after": "30"}).retry_after == timedelta(seconds=30)
    for said in ("", "Wed, 21 Oct 2026", "-1", "9999999", "٣"):
        assert Response(200, {"retry-after": said}).retry_after is None
    assert Response(200, body=b"\xff").text == "�"
    with pytest.raises(BadAnswer, match="status 502, expected JSON"):
        Response(502, body=b"<html>").json()
    with pytest.raises(BadAnswer):
        Response(200, body=b"[" * 100_000).json()


@loopback
def test_outside_can_be_had_without_settings() -> None:
    outside = Outside()
    assert outside.clock.now().tzinfo is not None
    with pytest.raises(PrivateAddress, match="MODELOWNERS_ALLOW_PRIVATE"):
        outside.transport.request("GET", "http://127.0.0.1:9/")
