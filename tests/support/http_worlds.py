"""A server on loopback that answers as a test says, or misbehaves."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class Wire:
    """
    A listening server.

    Parameters
    ----------
    port : int
        On 127.0.0.1.
    requests : list of bytes
        Each request as it came, in order.
    """

    port: int
    requests: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


Handle = Callable[[socket.socket, bytes], None]
"""Answers one connection, having read this request."""


def plain(body: bytes = b"ok", *, status: str = "200 OK", extra: str = "") -> Handle:
    """Answer with a body of known length."""

    def handle(connection: socket.socket, request: bytes) -> None:
        del request
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{extra}\r\n"
        connection.sendall(head.encode() + body)

    return handle


def raw(*pieces: bytes, until: threading.Event | None = None) -> Handle:
    """Send bytes as they are; wait before hanging up where an event says so."""

    def handle(connection: socket.socket, request: bytes) -> None:
        del request
        for piece in pieces:
            connection.sendall(piece)
        if until is not None:
            until.wait(20)

    return handle


@contextmanager
def wire(handle: Handle, *, tls: ssl.SSLContext | None = None) -> Iterator[Wire]:
    """
    Run a server for a while.

    Parameters
    ----------
    handle : callable
        Answers each connection, in a thread of its own.
    tls : SSLContext, optional
        Encrypts.

    Yields
    ------
    Wire
        Where it listens; it ends with the block.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    found = Wire(listener.getsockname()[1])
    threads: list[threading.Thread] = []

    def serve(connection: socket.socket) -> None:
        with suppress(OSError), connection:
            spoken = connection
            if tls is not None:
                spoken = tls.wrap_socket(connection, server_side=True)
            with spoken:
                request = _request(spoken)
                found.requests.append(request)
                handle(spoken, request)

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            connection.settimeout(20)
            thread = threading.Thread(target=serve, args=(connection,), daemon=True)
            threads.append(thread)
            thread.start()

    accepting = threading.Thread(target=accept, daemon=True)
    accepting.start()
    try:
        yield found
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        accepting.join(5)
        for thread in threads:
            thread.join(5)


def _request(connection: socket.socket) -> bytes:
    told = b""
    while b"\r\n\r\n" not in told:
        piece = connection.recv(65536)
        if not piece:
            return told
        told += piece
    head, _, body = told.partition(b"\r\n\r\n")
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.split(b":")[1])
            while len(body) < length:
                body += connection.recv(65536)
    return head + b"\r\n\r\n" + body
