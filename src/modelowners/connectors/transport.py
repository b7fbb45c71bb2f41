"""
The one outgoing HTTP client: every connector's requests leave through it.

::

    def notifier(catalog: Catalog, outside: Outside) -> Chat | None:
        ...                       # at start: keep `outside`, resolve nothing

    def send(self, message):      # at use
        token = outside.secrets.resolve("${CHAT_TOKEN}")
        answer = outside.transport.request(
            "POST",
            "https://chat.example/api/messages",
            headers={"Authorization": f"Bearer {token}"},
            body={"text": "…"},   # bytes go as they are, all else as JSON
            timeout=10,
        )
        if answer.status != 200: ...

An answer of any status is an answer; only its absence raises (`NoAnswer` and
its kin, below `TransportError`). `sent` tells whether the request may have
arrived: where it may, a sink's message is sent again as a possible repeat.
"""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from http.client import HTTPException  # noqa: TID251 - what a broken answer raises
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    LocationParseError,
    NewConnectionError,
)

from modelowners.core.errors import InputError, ModelownersError
from modelowners.core.secrets import Secrets
from modelowners.core.time import Clock, SystemClock

MAX_BODY = 16 * 1024 * 1024
"""Bytes of an answer's body; a longer one is refused."""

TIMEOUT = 10.0
"""Seconds for the whole request, from the first look-up to the last byte."""

CHUNK = 64 * 1024
PORTS = {"http": 80, "https": 443}
METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
TOO_LARGE = 413

_NAT64 = IPv6Network("64:ff9b::/96")

IPAddress = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Sequence[str]]
"""Gives every address of a host and port; raises ``OSError``."""


class TransportError(ModelownersError):
    """
    {origin} was not asked: {why}.

    `sent` tells whether the request may have arrived all the same.
    """

    sent = False

    @property
    def why(self) -> str:
        """The reason alone, for whoever already says where."""
        return str(self.details["why"])


class BadUrl(TransportError, InputError):
    """
    Cannot send to "{origin}": {why}.

    Write http:// or https://, a host, and perhaps a port and a path.
    """


class PrivateAddress(TransportError, InputError):
    """
    {origin} is not asked: {why}.

    If that is meant, name the host or its network in MODELOWNERS_ALLOW_PRIVATE.
    """


class Unreachable(TransportError):
    """{origin} cannot be reached: {why}."""


class NoAnswer(TransportError):
    """{origin} gave no answer: {why}."""

    sent = True


class BadAnswer(TransportError):
    """{origin} gave an answer that cannot be read: {why}."""

    sent = True


@dataclass(frozen=True, slots=True)
class Response:
    """
    An answer, whatever its status.

    Parameters
    ----------
    status : int
        100 to 599; a redirection is not followed.
    headers : mapping of str to str
        By name in lower case.
    body : bytes
        As sent, at most `MAX_BODY`.
    origin : str
        Who answered, for errors.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    origin: str = "the server"

    @property
    def ok(self) -> bool:
        """Whether the status is 200 to 299."""
        return 200 <= self.status < 300  # noqa: PLR2004 - the range is the definition

    @property
    def text(self) -> str:
        """The body as text; what is no UTF-8 is shown as such."""
        return self.body.decode("utf-8", "replace")

    @property
    def retry_after(self) -> timedelta | None:
        """How long the server asks to wait; None where it does not say in seconds."""
        said = self.headers.get("retry-after", "").strip()
        bounded = said.isascii() and said.isdigit() and len(said) < len("1000000")
        return timedelta(seconds=int(said)) if bounded else None

    def json(self) -> object:
        """
        Read the body as JSON.

        Raises
        ------
        BadAnswer
            If it is none.
        """
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            why = f"status {self.status}, expected JSON"
            raise BadAnswer(origin=self.origin, why=why) from None


class Transport:
    """
    Sends one request and gives its answer, or refuses.

    The host is looked up once. If any of its addresses is not public the
    request is refused, unless `allow` covers it; then the connection goes to
    the very address that was checked, with TLS verified against the name.
    Redirections are not followed, no proxy is taken from the environment, the
    body is bounded, and `timeout` bounds the whole, not each byte.

    Parameters
    ----------
    allow : sequence of str
        Hosts and networks that may be private, such as ``mlflow.internal`` or
        ``127.0.0.0/8``; of the settings only, never of the ownership file.
        A host's name does not cover link-local addresses, where clouds keep
        credentials: those need their network named.
    secrets : Secrets, optional
        Whose values are masked in errors.
    max_body : int
        Bytes of an answer, at least 0.
    resolve : callable, optional
        Instead of the system's resolver.

    Examples
    --------
    >>> try:
    ...     Transport().request("GET", "http://127.0.0.1:5000/")
    ... except PrivateAddress as refused:
    ...     print(refused.why)
    127.0.0.1 is no public address
    """

    def __init__(
        self,
        allow: Iterable[str] = (),
        *,
        secrets: Secrets | None = None,
        max_body: int = MAX_BODY,
        resolve: Resolve | None = None,
    ) -> None:
        self._hosts, self._networks = _read_allowed(allow)
        self._secrets = secrets or Secrets()
        self._max_body = max_body
        self._resolve = resolve or _resolve
        self._tls: ssl.SSLContext | None = None

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: object = None,
        timeout: float = TIMEOUT,
    ) -> Response:
        """
        Send a request.

        Parameters
        ----------
        method : str
            GET, POST, PUT, PATCH or DELETE.
        url : str
            Absolute, http or https, without user and password.
        headers : mapping of str to str, optional
            ``Host`` and length are set here.
        body : object, optional
            Bytes go as they are; None sends no body; anything else goes as JSON.
        timeout : float
            Seconds for the whole, above 0.

        Returns
        -------
        Response
            Of any status.

        Raises
        ------
        BadUrl
            If the address or the headers cannot be sent.
        PrivateAddress
            If the host leads to an address that is not public.
        Unreachable
            If no connection came about; nothing was sent.
        NoAnswer
            If it was sent and the answer did not come in time or whole.
        """
        target = _Target.parse(url)
        sent = _encoded(headers or {}, body, target)
        if method not in METHODS:
            raise BadUrl(origin=target.origin, why=f"unknown method {method}")
        until = time.monotonic() + timeout
        addresses = self._checked(target)
        connection = self._connected(target, addresses, until)
        # Timeouts of sockets bound each byte; the watch bounds the whole.
        watch = threading.Timer(
            max(until - time.monotonic(), 0), _hang_up, [connection]
        )
        watch.daemon = True
        watch.start()
        try:
            payload, fields = sent
            connection.request(
                method, target.path, body=payload, headers=fields, preload_content=False
            )
            return self._read(connection, target, until)
        except (HTTPError, HTTPException, OSError) as error:
            why = self._said(error)
            if time.monotonic() >= until:
                why = f"not within {timeout:g} seconds"
            raise NoAnswer(origin=target.origin, why=why) from None
        except ValueError as error:
            raise BadUrl(origin=target.origin, why=self._said(error)) from None
        finally:
            watch.cancel()
            connection.close()

    def _checked(self, target: _Target) -> tuple[str, ...]:
        """
        Look the host up, once, and check every address.

        Raises
        ------
        Unreachable
            If the host has none.
        PrivateAddress
            If one of them is not public and not allowed.
        """
        try:
            found = tuple(self._resolve(target.host, target.port))
        except (OSError, UnicodeError) as error:
            why = f"the name cannot be resolved ({self._said(error)})"
            raise Unreachable(origin=target.origin, why=why) from None
        if not found:
            raise Unreachable(origin=target.origin, why="the name has no address")
        for text in found:
            address = ip_address(text.partition("%")[0])
            if not is_public(address) and not self._allows(target.host, address):
                why = f"{address} is no public address"
                raise PrivateAddress(origin=target.origin, why=why)
        return found

    def _allows(self, host: str, address: IPAddress) -> bool:
        plain = _unmapped(address)
        if any(plain in network for network in self._networks):
            return True
        return host.lower() in self._hosts and not plain.is_link_local

    def _connected(
        self, target: _Target, addresses: Sequence[str], until: float
    ) -> HTTPConnection:
        """
        Connect to the first address that answers.

        Raises
        ------
        Unreachable
            If none does.
        """
        why = "no address answers"
        for address in addresses:
            left = until - time.monotonic()
            if left <= 0:
                raise Unreachable(origin=target.origin, why="not in time")
            connection = self._connection(target, address, timeout=left)
            try:
                connection.connect()
            except (HTTPError, OSError, ValueError) as error:
                connection.close()
                why = self._said(error)
                continue
            return connection
        raise Unreachable(origin=target.origin, why=why)

    def _connection(
        self, target: _Target, address: str, *, timeout: float
    ) -> HTTPConnection:
        if target.scheme == "http":
            return HTTPConnection(address, target.port, timeout=timeout)
        if self._tls is None:
            # Reads the system's authorities, or those of SSL_CERT_FILE.
            self._tls = ssl.create_default_context()
        return HTTPSConnection(
            address,
            target.port,
            timeout=timeout,
            ssl_context=self._tls,
            server_hostname=target.host,
        )

    def _read(
        self, connection: HTTPConnection, target: _Target, until: float
    ) -> Response:
        """
        Read an answer to its end.

        Raises
        ------
        BadAnswer
            If it is too long.
        TimeoutError
            If time runs out on the way.
        """
        answer = connection.getresponse()
        body = bytearray()
        while chunk := answer.read1(CHUNK, decode_content=False):
            body += chunk
            if len(body) > self._max_body:
                why = f"it is longer than {self._max_body} bytes"
                raise BadAnswer(origin=target.origin, why=why)
            if time.monotonic() >= until:
                raise TimeoutError
        if answer.length_remaining:
            why = f"it ended {answer.length_remaining} bytes early"
            raise BadAnswer(origin=target.origin, why=why)
        return Response(
            status=answer.status,
            headers={name.lower(): value for name, value in answer.headers.items()},
            body=bytes(body),
            origin=target.origin,
        )

    def _said(self, error: BaseException) -> str:
        """Say why in words, masked: an error may quote what was sent."""
        if isinstance(error, NewConnectionError):
            error = error.__cause__ or error.__context__ or error
        if isinstance(error, ConnectTimeoutError | TimeoutError):
            return "not in time"
        said = getattr(error, "strerror", None) or str(error) or type(error).__name__
        return self._secrets.mask(" ".join(said.split()))


@dataclass(frozen=True, slots=True)
class Outside:
    """
    What a connector may use of the world outside.

    Parameters
    ----------
    transport : Transport
        Sends requests.
    secrets : Secrets
        Resolves references such as ``${TOKEN}`` at use.
    clock : Clock
        Tells when an answer came.
    """

    transport: Transport = field(default_factory=Transport)
    secrets: Secrets = field(default_factory=Secrets)
    clock: Clock = field(default_factory=SystemClock)


def is_public(address: IPAddress) -> bool:
    """
    Tell whether an address is one of the public internet.

    An IPv6 address that carries an IPv4 one (mapped, 6to4, Teredo, NAT64)
    counts as both.

    Examples
    --------
    >>> [is_public(ip_address(a)) for a in ("8.8.8.8", "100.64.0.1", "224.0.1.1")]
    [True, False, False]
    >>> is_public(ip_address("64:ff9b::7f00:1"))
    False
    """
    plain = _unmapped(address)
    inner: list[IPAddress] = [plain]
    if isinstance(plain, IPv6Address):
        if plain.is_site_local:
            return False
        inner += [plain.sixtofour] if plain.sixtofour else []
        inner += list(plain.teredo or ())
        if plain in _NAT64:
            inner.append(IPv4Address(plain.packed[-4:]))
    return all(one.is_global and not one.is_multicast for one in inner)


@dataclass(frozen=True, slots=True)
class _Target:
    """An address, taken apart once: what is checked is what is asked."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def origin(self) -> str:
        """Scheme, host and port: the rest may hold a secret and is never shown."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}"

    @classmethod
    def parse(cls, url: str) -> _Target:
        """
        Take an address apart.

        Raises
        ------
        BadUrl
            If it is not absolute, not http or https, or holds a password.
        """
        try:
            found = urllib3.util.parse_url(url)
        except LocationParseError:
            raise BadUrl(origin="…", why="it is no address") from None
        host = (found.host or "").strip("[]")
        if found.scheme not in PORTS or not host:
            raise BadUrl(origin=host or "…", why="it is no http or https address")
        if found.auth is not None:
            why = "user and password do not belong into an address"
            raise BadUrl(origin=host, why=why)
        port = found.port or PORTS[found.scheme]
        return cls(found.scheme, host, port, found.request_uri)


def _encoded(
    headers: Mapping[str, str], body: object, target: _Target
) -> tuple[bytes | None, dict[str, str]]:
    """
    Give the bytes to send and every header.

    Raises
    ------
    BadUrl
        If a header would break out of its line.
    """
    given = {name.lower(): value for name, value in headers.items()}
    if any(
        sign in text for pair in given.items() for text in pair for sign in "\r\n\0"
    ):
        raise BadUrl(origin=target.origin, why="a header holds a line break")
    host = target.origin.partition("://")[2]
    fields = {"user-agent": "modelowners", "accept": "*/*"} | given
    fields |= {"host": host, "accept-encoding": "identity", "connection": "close"}
    if body is None or isinstance(body, bytes):
        return body, fields
    fields.setdefault("content-type", "application/json")
    return json.dumps(body, ensure_ascii=False).encode("utf-8", "replace"), fields


def _hang_up(connection: HTTPConnection) -> None:
    # The blocked read in the other thread ends as if the server had hung up.
    with suppress(OSError, AttributeError):
        connection.sock.shutdown(socket.SHUT_RDWR)


def _read_allowed(
    allow: Iterable[str],
) -> tuple[frozenset[str], tuple[IPv4Network | IPv6Network, ...]]:
    hosts: set[str] = set()
    networks: list[IPv4Network | IPv6Network] = []
    for entry in (one.strip() for one in allow):
        try:
            networks.append(ip_network(entry.strip("[]"), strict=False))
        except ValueError:
            if entry:
                hosts.add(entry.lower())
    return frozenset(hosts), tuple(networks)


def _unmapped(address: IPAddress) -> IPAddress:
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _resolve(host: str, port: int) -> tuple[str, ...]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))
