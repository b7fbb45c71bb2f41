"""
The webhook: a signed post by which MLflow says that something happened.

Its body is never state: MLflow loses and reorders these posts and marks its test
button by nothing. A post only makes the next look come sooner, and one that is
repeated or replayed does no more than that.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from modelowners.connectors.mlflow.servers import NAME, Server
from modelowners.connectors.transport import Outside
from modelowners.core.time import EPOCH
from modelowners.incidents.ports import Reading, Reply, Spool

WINDOW = timedelta(minutes=5)
"""How far the sender's clock may be from ours, either way."""

MAX_BODY = 1024 * 1024
"""Bytes of a post; MLflow's have a few hundred."""

MAX_ID = 200
SCHEME = "v1"

OK = 200
BAD = 400
UNSIGNED = 401
TOO_LARGE = 413


@dataclass(frozen=True, slots=True)
class Verdict:
    """
    What a post deserves.

    Parameters
    ----------
    status : int
        200 where it is MLflow's, else 400, 401 or 413.
    why : str
        Of a refusal; empty where there is none.
    delivery : str
        Id of an accepted post.
    """

    status: int
    why: str = ""
    delivery: str = ""

    @property
    def ok(self) -> bool:
        """Whether it is MLflow's."""
        return self.status == OK


def accept(
    headers: Mapping[str, str], raw: bytes, *, secrets: Sequence[str], now: datetime
) -> Verdict:
    """
    Tell whether a post is MLflow's, and of this moment.

    Parameters
    ----------
    headers : mapping of str to str
        Of the request, by name in any case.
    raw : bytes
        Its body, as sent.
    secrets : sequence of str
        Any of which may have signed it; without any, none is accepted.
    now : datetime
        UTC.

    Returns
    -------
    Verdict
        401 says neither which secret nor which part was wrong.

    Examples
    --------
    >>> now = EPOCH + timedelta(seconds=1795421257)
    >>> sent = {"X-MLflow-Delivery-Id": "d1", "X-MLflow-Timestamp": "1795421257"}
    >>> sent["X-MLflow-Signature"] = sign("s3cret", "d1", "1795421257", b"{}")
    >>> accept(sent, b"{}", secrets=["s3cret"], now=now).ok
    True
    >>> accept(sent, b"{ }", secrets=["s3cret"], now=now).status
    401
    """
    if len(raw) > MAX_BODY:
        return Verdict(TOO_LARGE, f"the body is longer than {MAX_BODY} bytes")
    given = {name.lower(): value for name, value in headers.items()}
    delivery = given.get("x-mlflow-delivery-id", "")
    stamp = given.get("x-mlflow-timestamp", "")
    claimed = given.get("x-mlflow-signature", "")
    if not (delivery and stamp and claimed):
        return Verdict(UNSIGNED, "the post is not signed")
    if len(delivery) > MAX_ID or not (delivery.isascii() and delivery.isprintable()):
        return Verdict(BAD, "the delivery's id is none")
    # Every secret is tried, so that the time taken tells nothing.
    expected = [sign(secret, delivery, stamp, raw) for secret in secrets if secret]
    known = [
        hmac.compare_digest(one.encode(), claimed.encode("utf-8", "replace"))
        for one in expected
    ]
    if not any(known):
        return Verdict(UNSIGNED, "the signature is not ours")
    if not _is_current(stamp, now):
        return Verdict(UNSIGNED, "the post is not of this moment")
    return Verdict(OK, delivery=delivery)


def sign(secret: str, delivery: str, stamp: str, raw: bytes) -> str:
    """
    Sign a post as MLflow does.

    Parameters
    ----------
    secret : str
        Shared with the server.
    delivery, stamp : str
        Id of the delivery, and its seconds since 1970.
    raw : bytes
        The body.

    Returns
    -------
    str
        ``v1,`` and the HMAC-SHA256 in base64.

    Examples
    --------
    >>> sign("s3cret", "d1", "1795421257", b"{}")[:10]
    'v1,iQ5h6LA'
    """
    signed = f"{delivery}.{stamp}.".encode() + raw
    told = hmac.digest(secret.encode(), signed, "sha256")
    return f"{SCHEME},{base64.b64encode(told).decode()}"


class Webhook:
    """
    Takes in what MLflow posts; fills `incidents.ports.Receiver`.

    Parameters
    ----------
    servers : sequence of Server
        Any of whose secrets may have signed a post.
    outside : Outside
        Resolves the secrets, and tells the time.
    spool : Spool
        Keeps what was posted, for a person to look at.
    """

    def __init__(
        self, servers: Sequence[Server], outside: Outside, spool: Spool
    ) -> None:
        self._references = [one for server in servers for one in server.webhook]
        self._outside = outside
        self._spool = spool

    def accept(self, headers: Mapping[str, str], raw: bytes) -> Reply:
        """Take a post in, if it is signed; see `incidents.ports.Receiver`."""
        secrets = [self._outside.secrets.resolve(one) for one in self._references]
        now = self._outside.clock.now()
        verdict = accept(headers, raw, secrets=secrets, now=now)
        if not verdict.ok:
            return Reply(verdict.status, {"error": verdict.why})
        receipt = self._spool.keep(NAME, raw)
        return Reply(OK, {"receipt": receipt, "delivery": verdict.delivery})

    def read(self, body: bytes, *, receipt: str, at: datetime) -> Reading:
        """Learn nothing from a body: the registry itself is looked at."""
        del body, receipt, at
        return Reading()


def _is_current(stamp: str, now: datetime) -> bool:
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= len("99999999999")):
        return False
    return abs(now - (EPOCH + timedelta(seconds=int(stamp)))) <= WINDOW
