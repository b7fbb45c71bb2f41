"""Signals: alerts of other systems, told apart by fingerprint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from modelowners.core.ids import AssetId, asset_id, digest
from modelowners.core.time import format_instant, parse_instant
from modelowners.incidents.severity import Effect, Severity

CLASSES = (
    "quality",
    "data",
    "drift",
    "freshness",
    "contract",
    "errors",
    "latency",
)
"""Every class of symptom; while open, an incident is the only one of its class."""

OTHER_CLASS = "errors"
"""The class of a signal that names none."""

EFFECTS: Mapping[str, Effect] = {
    "quality": Effect.HARM,
    "errors": Effect.HARM,
    "latency": Effect.HARM,
    "freshness": Effect.BROKEN,
    "contract": Effect.BROKEN,
    "data": Effect.BROKEN,
    "drift": Effect.DRIFT,
}
"""What a signal of a class does, where its sender says no severity."""

MAX_LABELS = 64
MAX_VALUE = 4096

_OFFSET = 14695981039346656037
_PRIME = 1099511628211
_SEPARATOR = b"\xff"


def fingerprint(labels: Mapping[str, str]) -> str:
    """
    Name a set of labels as Alertmanager does.

    FNV-1a of 64 bits over the sorted names and their values, each followed by
    the byte 0xff.

    Parameters
    ----------
    labels : mapping of str to str
        Names and values, in any order.

    Returns
    -------
    str
        16 hexadecimal digits.

    References
    ----------
    Fowler, Noll, Vo and Eastlake, "The FNV Non-Cryptographic Hash Algorithm",
    RFC 9923.

    Examples
    --------
    >>> fingerprint({})
    'cbf29ce484222325'
    >>> fingerprint({"a": "b", "c": "d"}) == fingerprint({"c": "d", "a": "b"})
    True
    """
    found = _OFFSET
    for name in sorted(labels):
        for part in (name, labels[name]):
            for byte in part.encode("utf-8", "surrogatepass") + _SEPARATOR:
                found = ((found ^ byte) * _PRIME) & 0xFFFF_FFFF_FFFF_FFFF
    return f"{found:016x}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """
    One alert of another system, as one delivery of it says.

    Parameters
    ----------
    source : str
        The connector it came through, such as ``alertmanager``.
    fingerprint : str
        What tells it from others of the source; see `fingerprint`.
    asset : AssetId or None
        Which asset it is about; None where it names none we know.
    symptom_class : str
        One of `CLASSES`.
    starts_at : datetime
        UTC; when it began to fire.
    ends_at : datetime or None
        UTC; when it ceased; None while it fires.
    labels, annotations : mapping of str to str
        As sent.
    url : str or None
        Where its sender shows it.
    receipt : str
        Names the delivery: the same again records nothing.
    severity : Severity or None
        As its sender judges it.
    """

    source: str
    fingerprint: str
    starts_at: datetime
    asset: AssetId | None = None
    symptom_class: str = OTHER_CLASS
    ends_at: datetime | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    url: str | None = None
    receipt: str = ""
    severity: Severity | None = None

    @property
    def place(self) -> AssetId:
        """The asset its incident is about: its sender's, where it names none."""
        return self.asset or asset_id(f"service:{self.source}")

    @property
    def firing(self) -> bool:
        """Whether it lasts."""
        return self.ends_at is None

    @property
    def key(self) -> str:
        """Idempotency key of what this delivery of it records."""
        what = "fires" if self.firing else "ends"
        receipt = self.receipt or format_instant(self.starts_at)
        return f"signal:{self.source}:{self.fingerprint}:{what}:{receipt}"

    @property
    def title(self) -> str:
        """What it is called: its summary, else its alert's name."""
        for text in (
            self.annotations.get("summary"),
            self.annotations.get("description"),
            self.labels.get("alertname"),
        ):
            if text and text.strip():
                return _cut(text.strip(), 200)
        return f"an alert of {self.source}"

    def plain(self) -> dict[str, object]:
        """Give it as the log keeps it, its texts bounded."""
        said = {
            "labels": _bounded(self.labels),
            "annotations": _bounded(self.annotations),
        }
        return {
            "source": self.source,
            "fingerprint": self.fingerprint,
            "asset": self.asset,
            "started": format_instant(self.starts_at),
            "ended": format_instant(self.ends_at) if self.ends_at else None,
            "title": self.title,
            **said,
            "url": _cut(self.url, MAX_VALUE) if self.url else None,
            "digest": digest(said),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """
    What the log knows of one fingerprint: its signals, added up.

    Parameters
    ----------
    source, fingerprint : str
        Which.
    title : str
        As last sent.
    started : datetime
        UTC; first start.
    first_seen : datetime
        UTC; when our log first had it.
    ended : datetime or None
        UTC; None while it fires.
    count : int
        How often it was sent, at least 1.
    digest : str
        Of the labels and annotations last sent.
    """

    source: str
    fingerprint: str
    title: str
    started: datetime
    first_seen: datetime
    ended: datetime | None = None
    count: int = 1
    digest: str = ""


def added(
    alerts: tuple[Alert, ...], said: Mapping[str, object], *, seen: datetime
) -> tuple[Alert, ...]:
    """
    Add a recorded signal to what is known of its fingerprint.

    Parameters
    ----------
    alerts : tuple of Alert
        So far, in the order of their coming.
    said : mapping
        What `Signal.plain` wrote.
    seen : datetime
        UTC; when the log had it.

    Returns
    -------
    tuple of Alert
        A repeat raises the count and keeps the last payload.
    """
    key = (str(said.get("source")), str(said.get("fingerprint")))
    ended = _instant(said.get("ended"))
    new = Alert(
        source=key[0],
        fingerprint=key[1],
        title=str(said.get("title") or key[1]),
        started=_instant(said.get("started")) or seen,
        first_seen=seen,
        ended=ended,
        digest=str(said.get("digest") or ""),
    )
    known = {(one.source, one.fingerprint): one for one in alerts}
    if (old := known.get(key)) is not None:
        new = replace(
            new,
            started=min(old.started, new.started),
            first_seen=old.first_seen,
            # That it ended is no repeat of its firing.
            count=old.count + (ended is None),
        )
    known[key] = new
    return tuple(known.values())


def _bounded(texts: Mapping[str, str]) -> dict[str, str]:
    kept = sorted(texts.items())[:MAX_LABELS]
    return {_cut(name, 200): _cut(value, MAX_VALUE) for name, value in kept}


def _cut(text: str, limit: int) -> str:
    # A lone surrogate has no bytes to store.
    whole = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return whole if len(whole) <= limit else whole[: limit - 1] + "…"


def _instant(value: object) -> datetime | None:
    return parse_instant(value) if isinstance(value, str) else None
