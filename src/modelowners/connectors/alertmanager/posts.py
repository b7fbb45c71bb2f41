"""Posts: what Alertmanager's webhook sends us, taken in and read."""

from __future__ import annotations

import hmac
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from modelowners.connectors.transport import Outside
from modelowners.core.errors import BadTime, ModelownersError
from modelowners.core.time import parse_instant
from modelowners.incidents.notices import single_line
from modelowners.incidents.ports import Reading, Reply, Spool
from modelowners.incidents.severity import Severity
from modelowners.incidents.signals import (
    CLASSES,
    OTHER_CLASS,
    Signal,
    fingerprint,
)

NAME = "alertmanager"

MAX_BODY = 1024 * 1024
"""Bytes of a body, before and after it is unpacked."""

MAX_DEPTH = 64
RETRY_AFTER = "5"
"""Seconds a sender is asked to wait while nothing can be kept."""

OURS = "ModelIncident"
"""The name our own alerts bear, and with ``incident`` mark them as ours."""

SEVERITIES: Mapping[str, Severity] = {
    **{severity.value: severity for severity in Severity},
    **{severity.word: severity for severity in Severity},
    "page": Severity.SEV2,
    "high": Severity.SEV2,
    "warn": Severity.SEV3,
    "ticket": Severity.SEV3,
    "low": Severity.SEV4,
    "none": Severity.SEV4,
}
"""Severity by the value of the label ``severity``."""

CLASS_LABELS = ("symptom_class", "class")

WORDS: Mapping[str, str] = {
    **dict.fromkeys(("drift", "psi", "skew", "shift"), "drift"),
    **dict.fromkeys(("latency", "slow", "duration", "timeout"), "latency"),
    **dict.fromkeys(("stale", "fresh", "freshness", "lag", "late", "age"), "freshness"),
    **dict.fromkeys(("missing", "volume", "absent"), "freshness"),
    **dict.fromkeys(("schema", "contract"), "contract"),
    **dict.fromkeys(("null", "nulls", "nan", "data", "range"), "data"),
    **dict.fromkeys(("quality", "accuracy", "auc", "f1", "loss", "rmse"), "quality"),
    **dict.fromkeys(("precision", "recall", "calibration", "mae"), "quality"),
}
"""Class of the symptom by a word of the alert's name, where no label names it."""

_WORD = re.compile(r"[A-Z]+(?![a-z])\d*|[A-Z]?[a-z]+\d*|\d+")
_INCIDENT = re.compile(r"INC-\d+")


class Refused(ModelownersError):
    """A post was refused: {why}."""

    status = 400


class Unreadable(Refused):
    """The body cannot be read: {why}."""


class Unauthorised(Refused):
    """A valid ingest token is needed: Authorization: Bearer TOKEN."""

    status = 401


class TooLarge(Refused):
    """The body is larger than {limit} bytes."""

    status = 413


class Unsupported(Refused):
    """The content is encoded as {found}; send it plain or as gzip."""

    status = 415


@dataclass(frozen=True, slots=True)
class Alertmanager:
    """
    Receives what Alertmanager posts (webhook, version 4).

    Parameters
    ----------
    tokens : tuple of str
        References to the tokens a sender may bear: one, or two while it changes.
    outside : Outside
        Resolves them.
    spool : Spool
        Where bodies are kept before they are answered.
    """

    tokens: tuple[str, ...]
    outside: Outside
    spool: Spool

    def accept(self, headers: Mapping[str, str], raw: bytes) -> Reply:
        """
        Take a post in; see `incidents.ports.Receiver`.

        Answers 200 once it is kept; 400 where it cannot be read (and is kept
        all the same), 401, 413 and 415 for good; 503 where it cannot be kept
        now, because Alertmanager repeats only after a status from 500 on.
        """
        sent = {name.lower(): value for name, value in headers.items()}
        try:
            self._admit(sent.get("authorization", ""))
            body = inflate(raw, sent.get("content-encoding", ""))
            return self._kept(body)
        except Refused as error:
            return _reply(error.status, str(error))
        except ModelownersError:
            # No token set up, or a locked database: perhaps next time. Never 429,
            # which Alertmanager takes for a final answer.
            return _reply(503, "nothing can be kept now; send it again")

    def _kept(self, body: bytes) -> Reply:
        try:
            alerts = parse(body)["alerts"]
        except Unreadable as error:
            receipt = self.spool.keep(NAME, body, refused=str(error))
            return Reply(error.status, {"error": str(error), "receipt": receipt})
        receipt = self.spool.keep(NAME, body)
        count = len(alerts) if isinstance(alerts, list) else 0
        return Reply(200, {"receipt": receipt, "alerts": count})

    def read(self, body: bytes, *, receipt: str, at: datetime) -> Reading:
        """Understand a body that `accept` kept; see `incidents.ports.Receiver`."""
        return read_alerts(parse(body), receipt=receipt, at=at)

    def _admit(self, authorization: str) -> None:
        """
        Compare with every token, in a time that tells nothing about them.

        Raises
        ------
        Unauthorised
            If none was sent.
        """
        scheme, _, borne = authorization.partition(" ")
        given = borne.strip().encode("utf-8", "surrogatepass")
        admitted = False
        for reference in self.tokens:
            token = self.outside.secrets.resolve(reference).encode()
            admitted |= hmac.compare_digest(given, token)
        if not admitted or scheme.lower() != "bearer":
            raise Unauthorised


def inflate(raw: bytes, encoding: str) -> bytes:
    """
    Unpack a body, never beyond `MAX_BODY`.

    Parameters
    ----------
    raw : bytes
        As sent.
    encoding : str
        Value of ``Content-Encoding``; empty where there is none.

    Raises
    ------
    TooLarge
        If it is larger, packed or unpacked.
    Unsupported
        If it is packed otherwise than by gzip.
    Unreadable
        If it is broken.

    Examples
    --------
    >>> inflate(b"{}", "")
    b'{}'
    """
    if len(raw) > MAX_BODY:
        raise TooLarge(limit=MAX_BODY)
    kind = encoding.strip().lower()
    if kind in {"", "identity"}:
        return raw
    if kind != "gzip":
        raise Unsupported(found=single_line(encoding, limit=40))
    unpacker = zlib.decompressobj(wbits=31)
    try:
        body = unpacker.decompress(raw, MAX_BODY + 1)
    except zlib.error:
        raise Unreadable(why="it is no gzip") from None
    if len(body) > MAX_BODY:
        raise TooLarge(limit=MAX_BODY)
    if not unpacker.eof or unpacker.unused_data:
        raise Unreadable(why="it is not one whole gzip")
    return body


def parse(body: bytes) -> Mapping[str, object]:
    """
    Read a body as one post, strictly where it must be and no further.

    Parameters
    ----------
    body : bytes
        JSON.

    Returns
    -------
    mapping
        With a list under ``alerts``; unknown keys are kept.

    Raises
    ------
    Unreadable
        If it is no JSON object of that form, or nested too deeply.

    Examples
    --------
    >>> parse(b'{"version": "4", "alerts": []}')["alerts"]
    []
    """
    try:
        found = json.loads(body, parse_constant=_no_constant)
    except RecursionError:
        raise Unreadable(why=f"it is nested deeper than {MAX_DEPTH}") from None
    except ValueError:
        # The parser's own words would repeat what was sent.
        raise Unreadable(why="it is no JSON") from None
    if not isinstance(found, dict) or not isinstance(found.get("alerts"), list):
        raise Unreadable(why='expected a JSON object with a list under "alerts"')
    if _depth(found) > MAX_DEPTH:
        raise Unreadable(why=f"it is nested deeper than {MAX_DEPTH}")
    return found


def read_alerts(
    document: Mapping[str, object], *, receipt: str, at: datetime
) -> Reading:
    """
    Read the alerts of a post.

    Parameters
    ----------
    document : mapping
        From `parse`.
    receipt : str
        Number of the post.
    at : datetime
        UTC; when it was received.

    Returns
    -------
    Reading
        One signal per readable alert; the others, and those Alertmanager left
        out itself (``truncatedAlerts``), are told in the notes.
    """
    alerts = document["alerts"]
    signals: list[Signal] = []
    notes: list[str] = []
    unreadable = ours = 0
    for alert in alerts if isinstance(alerts, list) else ():
        signal = _signal(alert, at)
        if signal is None:
            unreadable += 1
        elif _is_ours(signal.labels):
            ours += 1
        else:
            signals.append(replace(signal, receipt=receipt))
    if unreadable:
        notes.append(f"{unreadable} alerts could not be read; the post is kept")
    if ours:
        notes.append(f"{ours} alerts are our own and open nothing")
    left = document.get("truncatedAlerts")
    if isinstance(left, int) and left > 0:
        group = single_line(str(document.get("groupKey", "?")), limit=200)
        notes.append(f"Alertmanager left out {left} alerts of the group {group}")
    return Reading(signals=tuple(signals), notes=tuple(notes))


def _signal(alert: object, at: datetime) -> Signal | None:
    if not isinstance(alert, Mapping):
        return None
    labels = _texts(alert.get("labels"))
    annotations = _texts(alert.get("annotations") or {})
    if not labels or annotations is None:
        return None
    starts = min(_instant(alert.get("startsAt")) or at, at)
    ends = None
    if alert.get("status") == "resolved":
        ends = max(min(_instant(alert.get("endsAt")) or at, at), starts)
    url = alert.get("generatorURL")
    return Signal(
        source=NAME,
        # Never the sender's word for it: equal labels are the same alert.
        fingerprint=fingerprint(labels),
        symptom_class=symptom_class(labels),
        starts_at=starts,
        ends_at=ends,
        labels=labels,
        annotations=annotations,
        url=url if isinstance(url, str) and url else None,
        severity=SEVERITIES.get(labels.get("severity", "").strip().lower()),
    )


def symptom_class(labels: Mapping[str, str]) -> str:
    """
    Tell the class of an alert's symptom.

    Parameters
    ----------
    labels : mapping of str to str
        The label ``symptom_class`` or ``class`` decides, else a word of
        ``alertname``.

    Returns
    -------
    str
        One of `incidents.signals.CLASSES`.

    Examples
    --------
    >>> symptom_class({"alertname": "FeatureDrift"})
    'drift'
    >>> symptom_class({"alertname": "HTTP5xx", "class": "errors"})
    'errors'
    """
    for name in CLASS_LABELS:
        if (named := labels.get(name, "").strip().lower()) in CLASSES:
            return named
    words = (word.lower() for word in _WORD.findall(labels.get("alertname", "")))
    return next((WORDS[word] for word in words if word in WORDS), OTHER_CLASS)


def _is_ours(labels: Mapping[str, str]) -> bool:
    named = labels.get("alertname") == OURS
    return named and _INCIDENT.fullmatch(labels.get("incident", "")) is not None


def _texts(value: object) -> dict[str, str] | None:
    """Give a mapping of texts; None where it is none."""
    if not isinstance(value, Mapping):
        return None
    fit = all(isinstance(text, str) for text in value.values())
    return dict(value) if fit else None


def _instant(value: object) -> datetime | None:
    try:
        found = parse_instant(value) if isinstance(value, str) else None
    except BadTime:
        return None
    # Go's zero time stands for "not yet".
    return None if found is None or found.year == 1 else found


def _depth(value: object) -> int:
    deepest, layer = 0, [value]
    while layer:
        deepest += 1
        layer = [child for one in layer for child in _children(one)]
    return deepest


def _children(value: object) -> Iterator[object]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        yield from (one for one in value if isinstance(one, dict | list))


def _no_constant(name: str) -> object:
    raise ValueError(name)


def _reply(status: int, why: str) -> Reply:
    headers = {401: {"WWW-Authenticate": "Bearer"}, 503: {"Retry-After": RETRY_AFTER}}
    return Reply(status, {"error": why}, headers.get(status, {}))
