"""Requests forged by the ownership file or by a name server reach nothing private."""

from __future__ import annotations

import ast
import ssl
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from http_worlds import plain, wire

import modelowners
from modelowners.connectors.transport import (
    BadUrl,
    PrivateAddress,
    Transport,
    TransportError,
    Unreachable,
    _Target,
)
from modelowners.core.secrets import Secrets

if TYPE_CHECKING:
    from urllib3.connection import HTTPConnection

PROBES = [
    "http://127.0.0.1:{port}/",
    "http://127.1:{port}/",
    "http://2130706433:{port}/",
    "http://0x7f000001:{port}/",
    "http://0177.0.0.1:{port}/",
    "http://0.0.0.0:{port}/",
    "http://localhost:{port}/",
    "http://[::1]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://169.254.169.254/latest/meta-data/",
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://192.168.1.1/",
    "http://100.64.0.1/",
    "http://[fe80::1]/",
    "http://[fd00:ec2::254]/",
]
CLIENTS = {"urllib3", "requests", "httpx", "aiohttp", "http.client", "urllib.request"}


@pytest.mark.parametrize("probe", PROBES)
def test_no_probe_connects(probe: str) -> None:
    with wire(plain()) as server:
        with pytest.raises((PrivateAddress, Unreachable, BadUrl)):
            Transport().request("GET", probe.format(port=server.port), timeout=5)
        assert server.requests == []


def test_a_name_that_changes_its_address_is_asked_at_the_checked_one() -> None:
    answers = [["93.184.215.14"], ["127.0.0.1"]]
    asked: list[str] = []

    def rebinding(host: str, port: int) -> list[str]:
        del port
        asked.append(host)
        return answers[min(len(asked), len(answers)) - 1]

    connected: list[str] = []

    class Watched(Transport):
        def _connected(
            self, target: _Target, addresses: Sequence[str], until: float
        ) -> HTTPConnection:
            connected.extend(addresses)
            raise Unreachable(origin=target.origin, why="this is a test")

    with pytest.raises(Unreachable):
        Watched(resolve=rebinding).request("GET", "http://rebind.test/")
    assert asked == ["rebind.test"], "it is looked up once"
    assert connected == ["93.184.215.14"], "and asked where it was checked"


def test_a_redirection_inward_is_not_followed() -> None:
    with wire(plain()) as inner:
        extra = f"Location: {inner.url}/secret\r\n"
        with wire(plain(b"", status="307 Moved", extra=extra)) as outer:
            found = Transport(["127.0.0.1"]).request("POST", outer.url, body=b"x")
        assert found.status == 307
        assert inner.requests == []


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a certificate for good.test, signed by itself."""
    place = tmp_path_factory.mktemp("tls") / "both.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes"),
            *("-keyout", str(place), "-out", f"{place}.crt", "-days", "2"),
            *("-subj", "/CN=good.test", "-addext", "subjectAltName=DNS:good.test"),
        ],
        check=True,
        capture_output=True,
    )
    place.write_bytes(place.read_bytes() + Path(f"{place}.crt").read_bytes())
    return place


def ask_over_tls(
    certificate: Path, host: str, monkeypatch: pytest.MonkeyPatch, *, trusted: bool
) -> int:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", f"{certificate}.crt")
    with wire(plain(), tls=tls) as server:
        door = Transport(["127.0.0.0/8"], resolve=lambda _h, _p: ["127.0.0.1"])
        return door.request("GET", f"https://{host}:{server.port}/").status


def test_tls_is_verified_against_the_name(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = ask_over_tls(certificate, "good.test", monkeypatch, trusted=True)
    assert found == 200
    with pytest.raises(Unreachable, match=r"evil\.test"):
        ask_over_tls(certificate, "evil.test", monkeypatch, trusted=True)


def test_a_certificate_nobody_vouches_for_is_refused(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Unreachable, match="certificate") as refused:
        ask_over_tls(certificate, "good.test", monkeypatch, trusted=False)
    assert not refused.value.sent


def test_no_error_shows_what_was_sent() -> None:
    secrets = Secrets({"CANARY": "canary-s3cret"})
    value = secrets.resolve("${CANARY}")
    door = Transport(["127.0.0.1"], secrets=secrets)
    attempts = [
        f"http://127.0.0.1:9/{value}?{value}",
        f"http://{value}.invalid/",
        f"http://u:{value}@127.0.0.1/",
        f"http://10.0.0.1/{value}",
    ]
    for url in attempts:
        with pytest.raises(TransportError) as refused:
            door.request(
                "POST", url, headers={"X": value}, body={"k": value}, timeout=5
            )
        shown = secrets.mask(str(refused.value))
        assert shown == str(refused.value) or value in url.partition("//")[2][:20]
        assert value not in shown


def test_no_other_module_imports_an_http_client() -> None:
    root = Path(modelowners.__file__).parent
    found = {
        place.relative_to(root).as_posix()
        for place in root.rglob("*.py")
        for node in ast.walk(ast.parse(place.read_text("utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else [alias.name for alias in node.names]
        )
        if name in CLIENTS or name.partition(".")[0] in CLIENTS
    }
    assert found == {"connectors/transport.py"}
