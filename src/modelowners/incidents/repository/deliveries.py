"""The outbox: its statements, and its rows as deliveries."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import Insert, Select, Update, exists, insert, or_, select, update

from modelowners.core.ids import IncidentId
from modelowners.core.time import EPOCH
from modelowners.incidents.notices import Address, Notice
from modelowners.incidents.outbox import Delivery, DeliveryState
from modelowners.incidents.tables import outbox
from modelowners.store.statements import statement

if TYPE_CHECKING:
    from sqlalchemy import Connection, RowMapping

_TO_SEND = (DeliveryState.PENDING.value, DeliveryState.LEASED.value)


@statement()
def add_deliveries() -> Insert:
    """Add deliveries."""
    return insert(outbox)


@statement(index="outbox_by_due", at=EPOCH, limit=100)
def deliveries_due(at: datetime, limit: int) -> Select[object]:
    """
    Deliveries that may be claimed, in the order they came in.

    Of one incident nothing overtakes: at each address only the earliest that
    is not yet accepted, nor given up.
    """
    lost = outbox.c.leased_until <= at
    before = outbox.alias("before")
    overtakes = exists().where(
        before.c.incident == outbox.c.incident,
        before.c.event_n < outbox.c.event_n,
        before.c.sink == outbox.c.sink,
        before.c.target == outbox.c.target,
        before.c.state.in_(_TO_SEND),
    )
    return (
        select(*outbox.c)
        .where(
            outbox.c.state.in_(_TO_SEND),
            outbox.c.due_at <= at,
            or_(outbox.c.state == DeliveryState.PENDING.value, lost),
            ~overtakes,
        )
        .order_by(outbox.c.id)
        .limit(limit)
        # Who claims beside us takes others; SQLite has one writer anyhow.
        .with_for_update(skip_locked=True, of=outbox)
    )


@statement(index="uq_outbox_incident_event_n_sink_target", incident="INC-1", n=1)
def deliveries_of(incident: IncidentId, n: int) -> Select[object]:
    """Each delivery that one event implies."""
    return (
        select(*outbox.c)
        .where(outbox.c.incident == incident, outbox.c.event_n == n)
        .order_by(outbox.c.id)
    )


@statement(
    index="uq_outbox_incident_event_n_sink_target",
    incident="INC-1",
    address=Address("console"),
)
def last_ref(incident: IncidentId, address: Address) -> Select[str | None]:
    """Find what a sink called the last message it took of an incident at an address."""
    return (
        select(outbox.c.ref)
        .where(
            outbox.c.incident == incident,
            outbox.c.sink == address.sink,
            outbox.c.target == address.target,
            # Only what was accepted has a name.
            outbox.c.ref.is_not(None),
        )
        .order_by(outbox.c.event_n.desc())
        .limit(1)
    )


@statement(index="uq_outbox_incident_event_n_sink_target", incident="INC-1")
def addresses_of(incident: IncidentId) -> Select[str, str]:
    """Each address that one incident was to be told at."""
    return (
        select(outbox.c.sink, outbox.c.target)
        .where(outbox.c.incident == incident)
        .group_by(outbox.c.sink, outbox.c.target)
        .order_by(outbox.c.sink, outbox.c.target)
    )


@statement(index="outbox_by_due")
def deliveries_waiting() -> Select[object]:
    """Everything not yet accepted, nor given up, in the order it came in."""
    return select(*outbox.c).where(outbox.c.state.in_(_TO_SEND)).order_by(outbox.c.id)


@statement(
    index="uq_outbox_incident_event_n_sink_target",
    incident="INC-1",
    n=1,
    address=Address("console"),
)
def change_delivery(incident: IncidentId, n: int, address: Address) -> Update:
    """One delivery's standing."""
    return update(outbox).where(
        outbox.c.incident == incident,
        outbox.c.event_n == n,
        outbox.c.sink == address.sink,
        outbox.c.target == address.target,
    )


@statement(index="outbox_by_due")
def release_leases() -> Update:
    """Give back what a lost process had claimed: it may have been sent."""
    return (
        update(outbox)
        .where(outbox.c.state == DeliveryState.LEASED.value)
        .values(state=DeliveryState.PENDING.value, leased_until=None, repeat=True)
    )


def continued(connection: Connection, delivery: Delivery) -> Delivery:
    """Say what the sink called the message before, so that it may be updated."""
    wanted = last_ref(delivery.notice.incident, delivery.address)
    found = connection.execute(wanted).scalar_one_or_none()
    return replace(delivery, earlier=found)


def change(connection: Connection, delivery: Delivery) -> None:
    """Write how a delivery stands."""
    incident, n = place_of(delivery.event)
    changing = change_delivery(incident, n, delivery.address)
    connection.execute(changing.values(**_standing(delivery)))


def row_of(delivery: Delivery) -> dict[str, object]:
    """Give a delivery as a row of the outbox."""
    incident, n = place_of(delivery.event)
    return {
        "incident": incident,
        "event_n": n,
        "sink": delivery.address.sink,
        "target": delivery.address.target,
        "body": msgspec.to_builtins(delivery.notice),
        **_standing(delivery),
    }


def _standing(delivery: Delivery) -> dict[str, object]:
    return {
        "state": delivery.state.value,
        "attempts": delivery.attempts,
        "due_at": delivery.due_at,
        "leased_until": delivery.leased_until,
        "repeat": delivery.repeat,
        "ref": delivery.ref,
        "reason": delivery.reason,
    }


def delivery_of(row: RowMapping) -> Delivery:
    """Read a row of the outbox."""
    return Delivery(
        event=f"{row['incident']}.{row['event_n']}",
        address=Address(row["sink"], row["target"]),
        notice=msgspec.convert(row["body"], Notice),
        state=DeliveryState(row["state"]),
        due_at=row["due_at"],
        attempts=row["attempts"],
        leased_until=row["leased_until"],
        repeat=row["repeat"],
        ref=row["ref"],
        reason=row["reason"],
    )


def place_of(name: str) -> tuple[IncidentId, int]:
    """Read an event's id, such as ``INC-12.3``."""
    incident, _, n = name.rpartition(".")
    return IncidentId(incident), int(n)
