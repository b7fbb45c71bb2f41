"""The webhook sink: signed JSON to whoever listens, by the Standard Webhooks rules."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from modelowners.catalog.files import Catalog
from modelowners.connectors.posting import Postman
from modelowners.connectors.transport import Outside
from modelowners.core.facets import Node, items, mapping, text
from modelowners.core.ids import canonical_json
from modelowners.core.secrets import read_reference
from modelowners.core.time import Clock, SystemClock, format_instant
from modelowners.incidents.notices import Message, plain_message
from modelowners.incidents.ports import Hope, NotSent, Receipt

PREFIX = "whsec_"
KEYS = ("url", "secret")
MIN_SECRET, MAX_SECRET = 24, 64
"""Bytes of a signing secret."""

MAX_SECRETS = 2
"""The one in force, and the one it replaces."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """
    One listener.

    Parameters
    ----------
    url : str
        Where it listens; may hold references.
    secrets : tuple of str
        References to signing secrets, the newest first: one, or two while a
        listener changes over.
    """

    url: str
    secrets: tuple[str, ...]


class Webhook:
    """
    Posts each message, and each change of state, as signed JSON.

    ``webhook-id`` is the message's id, the same for every try, so that a
    listener can drop repeats. When no answer came the message is sent again
    under that id, with ``"repeat": true``.

    Parameters
    ----------
    endpoints : mapping of str to Endpoint
        By the name used in ``notify``.
    outside : Outside
        The way out, and the secrets it takes.
    clock : Clock, optional
        Tells when a try was made: a listener refuses old signatures.
    """

    follows = True
    """It hears of every change of state."""

    def __init__(
        self,
        endpoints: Mapping[str, Endpoint],
        outside: Outside,
        clock: Clock | None = None,
    ) -> None:
        self._endpoints = endpoints
        self._postman = Postman(outside)
        self._clock = clock or SystemClock()

    def send(self, message: Message) -> Receipt:
        """
        Post a message, signed with every secret in force.

        Raises
        ------
        NotSent
            If the listener did not take it, or nobody knows.
        """
        address = message.address
        endpoint = self._endpoints.get(address.target)
        if endpoint is None:
            known = ", ".join(sorted(self._endpoints))
            why = f"no such endpoint under connectors.webhook; there are: {known}"
            raise NotSent(address, why, hope=Hope.NONE)
        found = [self._postman.resolved(address, one) for one in endpoint.secrets]
        try:
            keys = [read_key(secret) for secret in found]
        except ValueError as error:
            raise NotSent(address, str(error), hope=Hope.NONE) from None
        body = canonical_json(compose(message))
        at = self._clock.now()
        headers = {
            "content-type": "application/json",
            "webhook-id": message.id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": sign(message.id, body, at=at, keys=keys),
        }
        self._postman.post(address, endpoint.url, body, headers=headers)
        return Receipt(ref=message.id)


def compose(message: Message) -> dict[str, object]:
    """
    Write a message as an event: its type, its time, and the message as data.

    Examples
    --------
    The type names what happened to the incident, such as ``incident.acked``.
    """
    notice = message.notice
    kind = notice.tells or notice.kind.value
    return {
        "type": kind if kind.startswith("incident.") else f"incident.{kind}",
        "timestamp": format_instant(notice.at),
        "data": plain_message(message),
    }


def read_key(secret: str) -> bytes:
    """
    Decode a signing secret: ``whsec_`` and base64, or base64 alone.

    Parameters
    ----------
    secret : str
        As its listener shows it.

    Returns
    -------
    bytes
        24 to 64 of them.

    Raises
    ------
    ValueError
        If it is no such secret; it is not repeated.

    Examples
    --------
    >>> len(read_key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
    24
    """
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not MIN_SECRET <= len(key) <= MAX_SECRET:
        raise ValueError(
            f"the signing secret is not {PREFIX} and the base64 of {MIN_SECRET} to "
            f"{MAX_SECRET} bytes"
        )
    return key


def sign(ident: str, body: bytes, *, at: datetime, keys: Sequence[bytes]) -> str:
    """
    Sign a body, once with each key.

    Parameters
    ----------
    ident : str
        The message's id.
    body : bytes
        As it is sent.
    at : datetime
        UTC; when it is sent, whole seconds count.
    keys : sequence of bytes
        From `read_key`.

    Returns
    -------
    str
        For ``webhook-signature``: ``v1,`` and base64, separated by spaces.

    References
    ----------
    Standard Webhooks specification 1.0, "Symmetric signatures".

    Examples
    --------
    >>> from modelowners.core.time import parse_instant
    >>> key = read_key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    >>> sign("msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}',
    ...      at=parse_instant("2021-02-25T15:02:10Z"), keys=[key])
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
    """
    signed = f"{ident}.{int(at.timestamp())}.".encode() + body
    made = (hmac.new(key, signed, hashlib.sha256).digest() for key in keys)
    return " ".join(f"v1,{base64.b64encode(one).decode()}" for one in made)


def read_endpoints(node: Node) -> dict[str, Endpoint]:
    """
    Read ``connectors.webhook`` of the ownership file.

    Parameters
    ----------
    node : Node
        By name: ``url`` and ``secret``, a reference or two of them, the newest
        first.

    Returns
    -------
    dict of str to Endpoint
        By name.

    Raises
    ------
    BadFacet
        If something is missing, or a secret stands in the file.
    """
    return {name: _endpoint(child) for name, child in mapping(node).items()}


def _endpoint(node: Node) -> Endpoint:
    found = mapping(node, dict.fromkeys(KEYS))
    for key in KEYS:
        if key not in found:
            raise node.refuse(f"a webhook needs {key}: url and secret are needed")
    named = items(found["secret"])
    if not 1 <= len(named) <= MAX_SECRETS:
        raise found["secret"].refuse("expected one secret, or two while it changes")
    return Endpoint(
        url=text(found["url"]), secrets=tuple(read_reference(one) for one in named)
    )


def check_section(node: Node) -> None:
    """Refuse ``connectors.webhook`` where it cannot be used; `lint` asks."""
    read_endpoints(node)


def notifier(catalog: Catalog, outside: Outside) -> Webhook | None:
    """Give the sink, or None where the ownership file names no endpoint."""
    section = catalog.sections.get("connectors")
    node = mapping(section).get("webhook") if section is not None else None
    return Webhook(read_endpoints(node), outside) if node is not None else None
