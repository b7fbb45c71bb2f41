"""The PagerDuty sink: pages as alerts by the Events API v2, notes as change events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from modelowners.catalog.files import Catalog
from modelowners.connectors.posting import Postman
from modelowners.connectors.transport import Outside
from modelowners.core.facets import Node, mapping, text
from modelowners.core.ids import canonical_json
from modelowners.core.secrets import read_reference
from modelowners.core.time import format_instant
from modelowners.incidents.incident import State
from modelowners.incidents.notices import Message, NoticeKind, single_line
from modelowners.incidents.ports import Hope, NotSent, Receipt

EVENTS = "https://events.pagerduty.com"
KEYS = ("services", "url")

MAX_SUMMARY = 1024
MAX_KEY = 255
MAX_BYTES = 512 * 1024
KEY_LENGTH = 32
"""Characters of an integration key."""

CHANGE = "change"
"""The name of an accepted change event, which has none of its own."""

ACTIONS: Mapping[State, str] = {
    State.OPEN: "trigger",
    State.ACKNOWLEDGED: "acknowledge",
    # Well again but not verified: the alert stays until somebody resolves it.
    State.MITIGATED: "acknowledge",
    State.RESOLVED: "resolve",
    State.CLOSED: "resolve",
    State.MERGED: "resolve",
    State.DISMISSED: "resolve",
}
"""What an alert is told when its incident stands so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """
    How PagerDuty is reached.

    Parameters
    ----------
    services : mapping of str to str
        References to integration keys, by the name used in ``notify``.
    url : str
        Of the Events API; ``https://events.eu.pagerduty.com`` in Europe.
    """

    services: Mapping[str, str] = field(default_factory=dict)
    url: str = EVENTS


class PagerDuty:
    """
    Triggers, acknowledges and resolves alerts.

    ``dedup_key`` is the incident's id, so that PagerDuty shows one alert per
    incident and service however often it is told. When no answer came the
    event is sent again: PagerDuty drops the repeat. Two state databases that
    page through the same service would share keys; give each its own
    integration.

    A page triggers. A note becomes a change event, which stands on the
    service's timeline and wakes nobody, unless it acknowledges or resolves an
    alert that is there; PagerDuty does not deduplicate change events.

    Parameters
    ----------
    account : Account
        How PagerDuty is reached.
    outside : Outside
        The way out, and the secrets it takes.
    """

    follows = True
    """It hears of every change of state."""

    def __init__(self, account: Account, outside: Outside) -> None:
        self._account = account
        self._postman = Postman(outside)

    def send(self, message: Message) -> Receipt:
        """
        Send the event a message stands for.

        Raises
        ------
        NotSent
            If PagerDuty did not take it, or nobody knows.
        """
        address, account = message.address, self._account
        reference = account.services.get(address.target)
        if reference is None:
            known = ", ".join(sorted(account.services))
            why = f"no such service under connectors.pagerduty; there are: {known}"
            raise NotSent(address, why, hope=Hope.NONE)
        key = self._postman.resolved(address, reference)
        quiet = is_quiet(message)
        path = "v2/change/enqueue" if quiet else "v2/enqueue"
        body = compose_change(message) if quiet else compose(message)
        whole = {"routing_key": key, **body}
        self._postman.post(address, f"{account.url}/{path}", whole)
        # An alert that is there is what later words are about.
        known = message.earlier or CHANGE
        return Receipt(ref=known if quiet else str(body["dedup_key"]))


def is_quiet(message: Message) -> bool:
    """
    Tell whether a message becomes a change event, which wakes nobody.

    A note does, unless it ends or acknowledges an alert that is there: it must
    not raise one anew that somebody has closed in PagerDuty.
    """
    if message.notice.kind is NoticeKind.PAGE:
        return False
    known = message.earlier not in {None, CHANGE}
    return not known or ACTIONS[message.notice.state] == "trigger"


def compose(message: Message) -> dict[str, object]:
    """
    Write the event of an alert, without its routing key.

    Parameters
    ----------
    message : Message
        A page, or a later word about one.

    Returns
    -------
    dict
        Within PagerDuty's limits; the same message gives the same event.

    References
    ----------
    PagerDuty, Events API v2, "Send an alert event".
    """
    notice = message.notice
    action = ACTIONS[notice.state]
    if notice.kind is NoticeKind.PAGE:
        # Whatever else happened meanwhile, somebody is asked now.
        action = "trigger"
    event: dict[str, object] = {
        "event_action": action,
        "dedup_key": notice.incident[:MAX_KEY],
    }
    if action != "trigger":
        return event
    details: dict[str, object] = {
        "for": notice.to,
        "model": notice.model,
        "severity": notice.severity.value,
        "state": notice.state.value,
    }
    payload: dict[str, object] = {
        "summary": single_line(notice.title, limit=MAX_SUMMARY),
        "source": notice.model,
        "severity": notice.severity.word,
        "timestamp": format_instant(notice.at),
        "component": notice.model,
        "class": "model incident",
        "custom_details": details,
    }
    details["lines"] = _bounded(notice.lines, room=MAX_BYTES - _weight(payload))
    return {**event, "client": "modelowners", "payload": payload}


def compose_change(message: Message) -> dict[str, object]:
    """
    Write the change event of a note, without its routing key.

    References
    ----------
    PagerDuty, Events API v2, "Send a change event".
    """
    notice = message.notice
    details: dict[str, object] = {"for": notice.to, "incident": notice.incident}
    payload: dict[str, object] = {
        "summary": single_line(message.title, limit=MAX_SUMMARY),
        "source": notice.model,
        "timestamp": format_instant(notice.at),
        "custom_details": details,
    }
    details["lines"] = _bounded(notice.lines, room=MAX_BYTES - _weight(payload))
    return {"payload": payload}


def _weight(payload: Mapping[str, object]) -> int:
    # As the transport writes it, with room for keys and what stands around it.
    return len(canonical_json(payload)) + 4096


def _bounded(lines: tuple[str, ...], *, room: int) -> list[str]:
    kept: list[str] = []
    for line in lines:
        # Each character is at most six bytes of JSON.
        room -= 6 * len(line) + 4
        if room < 0:
            return [*kept, "…"]
        kept.append(line)
    return kept


def read_account(node: Node) -> Account:
    """
    Read ``connectors.pagerduty`` of the ownership file.

    Parameters
    ----------
    node : Node
        With ``services``: references to integration keys by name; ``url`` for
        another region.

    Returns
    -------
    Account
        How PagerDuty is reached.

    Raises
    ------
    BadFacet
        If there is no service, or a key stands in the file.
    """
    found = mapping(node, dict.fromkeys(KEYS))
    named = mapping(found["services"]) if "services" in found else {}
    if not named:
        raise node.refuse("connectors.pagerduty needs services: a key for each name")
    services = {name: read_reference(child) for name, child in named.items()}
    url = text(found["url"]).rstrip("/") if "url" in found else EVENTS
    return Account(services=services, url=url)


def check_section(node: Node) -> None:
    """Refuse ``connectors.pagerduty`` where it cannot be used; `lint` asks."""
    read_account(node)


def notifier(catalog: Catalog, outside: Outside) -> PagerDuty | None:
    """Give the sink, or None where the ownership file names no service."""
    section = catalog.sections.get("connectors")
    node = mapping(section).get("pagerduty") if section is not None else None
    return PagerDuty(read_account(node), outside) if node is not None else None
