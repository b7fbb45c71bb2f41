"""Alerts: our incidents as Alertmanager keeps them, shown anew at each turn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from modelowners.connectors.alertmanager.posts import OURS
from modelowners.connectors.transport import Outside, TransportError
from modelowners.core.secrets import MissingSecret
from modelowners.core.time import format_instant
from modelowners.incidents.incident import UNRESOLVED, Incident
from modelowners.incidents.notices import single_line
from modelowners.incidents.ports import NotShown

LASTS = timedelta(minutes=10)
"""How long an alert lasts there without word from us: two looks of `watch`."""

PATH = "/api/v2/alerts"
MAX_SAID = 200


@dataclass(frozen=True, slots=True)
class AlertBoard:
    """
    Shows incidents as alerts of an Alertmanager, by its API v2.

    It keeps no record of what it showed: each turn posts every alert again, as
    Prometheus does, and Alertmanager tells equal labels to be the same alert.
    An answer that is lost changes nothing; should we die, alerts end there
    after `LASTS`; should Alertmanager restart, they are back at the next turn.

    Parameters
    ----------
    url : str
        Of the Alertmanager, without path; may hold references.
    outside : Outside
        The way out, and the secrets it takes.
    """

    url: str
    outside: Outside

    def show(self, incidents: Iterable[Incident], *, at: datetime) -> int:
        """
        Post every alert; see `incidents.ports.Board`.

        Raises
        ------
        NotShown
            If Alertmanager did not take them.
        """
        alerts = [alert for one in incidents if (alert := write_alert(one, at=at))]
        if not alerts:
            return 0
        try:
            place = self.outside.secrets.resolve(self.url) + PATH
            response = self.outside.transport.request("POST", place, body=alerts)
        except (MissingSecret, TransportError) as error:
            why = self.outside.secrets.mask(str(error))
            raise NotShown(board="Alertmanager", why=why.rstrip(".")) from None
        if not response.ok:
            said = self.outside.secrets.mask(response.text)
            why = single_line(f"status {response.status}: {said}", limit=MAX_SAID)
            raise NotShown(board="Alertmanager", why=why)
        return len(alerts)


def write_alert(incident: Incident, *, at: datetime) -> Mapping[str, object] | None:
    """
    Write an incident as an alert.

    Parameters
    ----------
    incident : Incident
        Any.
    at : datetime
        UTC; now.

    Returns
    -------
    mapping or None
        None where it never pages, or is over for longer than `LASTS`: then the
        alert has ended there. Another owner or severity makes another alert,
        and the former one ends.

    References
    ----------
    prometheus/alertmanager, ``api/v2/openapi.yaml``, ``postableAlert``.
    """
    unresolved = incident.state in UNRESOLVED
    quiet = not incident.pages or incident.absorbed_into is not None
    if quiet or (not unresolved and at - incident.changed_at > LASTS):
        return None
    ends = at + LASTS if unresolved else incident.changed_at
    return {
        "labels": {
            "alertname": OURS,
            "incident": incident.id,
            "model": incident.model.partition(":")[2],
            "asset": incident.model,
            "owner": incident.holder.team or incident.holder.person or "nobody",
            "severity": incident.severity.word,
        },
        "annotations": {
            "summary": single_line(incident.headline),
            "state": incident.state.value,
            "cause": _cause(incident),
        },
        "startsAt": format_instant(incident.times.detected),
        "endsAt": format_instant(ends),
    }


def _cause(incident: Incident) -> str:
    asset = incident.proposed.get("asset")
    kind = incident.proposed.get("kind")
    return single_line(f"{kind} of {asset}") if asset else "not known yet"
