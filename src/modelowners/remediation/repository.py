"""Statements of fixes: the audit, the locks, and the only code that runs them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING

from sqlalchemy import Delete, Insert, Select, delete, func, insert, select

from modelowners.core.ids import IncidentId
from modelowners.core.time import format_instant
from modelowners.remediation.fixes import Fix, Order, Step, StepKind, fold
from modelowners.remediation.refusals import Locked, Overtaken
from modelowners.remediation.tables import audit, fix_locks
from modelowners.store import journal
from modelowners.store.statements import PRIMARY_KEY, statement

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from modelowners.store.database import Database

PREFIX = "FIX-"

_Row = Select[int, int, str, str, datetime, str, object]
_Held = Select[int, str, str, datetime, datetime]


@statement(index="audit_by_incident", incident="INC-1")
def steps_for(incident: IncidentId) -> _Row:
    """Every step of an incident's fixes, in order."""
    return _steps().where(audit.c.incident == incident)


@statement(index="uq_audit_number_n", number=1)
def steps_of(number: int) -> _Row:
    """Every step of one fix, in order."""
    return _steps().where(audit.c.number == number)


@statement(index="uq_audit_number_n")
def last_number() -> Select[int | None]:
    """Find the number of the newest fix."""
    return select(func.max(audit.c.number))


@statement(index=PRIMARY_KEY, key="mlflow:churn@champion")
def lock_on(key: str) -> _Held:
    """Who is at something, and until when."""
    held = fix_locks.c
    columns = (held.number, held.holder, held.token, held.taken_at, held.until)
    return select(*columns).where(held.key == key)


@statement(scan="there are as many locks as fixes are being applied")
def last_locked() -> Select[int | None]:
    """Find the highest number that somebody has taken for a fix to come."""
    return select(func.max(fix_locks.c.number))


@statement(index=PRIMARY_KEY, key="mlflow:churn@champion")
def drop_lock(key: str) -> Delete:
    """Give something free."""
    return delete(fix_locks).where(fix_locks.c.key == key)


@statement()
def add_lock() -> Insert:
    """Be at something."""
    return insert(fix_locks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """
    The right to act on something, for a while.

    Parameters
    ----------
    key : str
        What, see `actions.lock_key`.
    number : int
        Of the fix it was taken for.
    token : str
        Tells it from every other taking.
    """

    key: str
    number: int
    token: str

    @property
    def fix(self) -> str:
        """Id of the fix."""
        return f"{PREFIX}{self.number}"


class Fixes:
    """
    Every fix: its audited steps, and who is applying one just now.

    Parameters
    ----------
    database : Database
        Where they lie.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def lock(
        self, key: str, *, holder: str, now: datetime, until: datetime, fix: str = ""
    ) -> Lock:
        """
        Take the right to act on something.

        Parameters
        ----------
        key : str
            What.
        holder : str
            Who asks.
        now, until : datetime
            UTC; a lock whose time is over is anybody's.
        fix : str
            The fix to go on with; empty for a new one.

        Raises
        ------
        Locked
            If somebody else has it.
        """
        token = uuid.uuid4().hex
        with self._database.write() as connection:
            held = connection.execute(lock_on(key)).one_or_none()
            if held is not None and held.until > now:
                raise Locked(
                    holder=held.holder,
                    key=key,
                    since=format_instant(held.taken_at),
                    fix=f"{PREFIX}{held.number}",
                    incident="INCIDENT",
                )
            number = int(fix.removeprefix(PREFIX)) if fix else _next(connection)
            connection.execute(drop_lock(key))
            row = {
                "key": key,
                "number": number,
                "holder": holder,
                "token": token,
                "taken_at": now,
                "until": until,
            }
            connection.execute(add_lock(), row)
        return Lock(key=key, number=number, token=token)

    def holds(self, lock: Lock, *, now: datetime) -> bool:
        """Tell whether a lock is still ours and its time not over."""
        with self._database.read() as connection:
            held = connection.execute(lock_on(lock.key)).one_or_none()
        return held is not None and held.token == lock.token and held.until > now

    def unlock(self, lock: Lock) -> None:
        """Give something free; what has become another's is left alone."""
        with self._database.write() as connection:
            held = connection.execute(lock_on(lock.key)).one_or_none()
            if held is not None and held.token == lock.token:
                connection.execute(drop_lock(lock.key))

    def begin(self, lock: Lock, order: Order, *, at: datetime) -> Fix:
        """
        Write what is about to be done; only then may it be done.

        Parameters
        ----------
        lock : Lock
            From `lock`, for a new fix.
        order : Order
            What, by whom, by what right.
        at : datetime
            UTC.

        Raises
        ------
        Locked
            If the lock has become another's.
        """
        step = Step(
            n=1,
            kind=StepKind.REQUESTED,
            at=at,
            actor=order.actor,
            body=order.plain(),
        )
        with self._database.write() as connection:
            held = connection.execute(lock_on(lock.key)).one_or_none()
            if held is None or held.token != lock.token:
                raise Locked(
                    holder=held.holder if held else "somebody",
                    key=lock.key,
                    since=format_instant(held.taken_at if held else at),
                    fix=f"{PREFIX}{held.number}" if held else "another fix",
                    incident=order.incident,
                )
            _append(connection, lock.number, order.incident, step)
        return fold(lock.fix, order.incident, (step,))

    def add(
        self,
        fix: Fix,
        kind: StepKind,
        *,
        at: datetime,
        actor: str,
        body: Mapping[str, object],
    ) -> Fix:
        """
        Write the next step of a fix.

        Returns
        -------
        Fix
            As it stands then.

        Raises
        ------
        Overtaken
            If another step was written since `fix` was read.
        """
        step = Step(n=fix.n + 1, kind=kind, at=at, actor=actor, body=dict(body))
        number = int(fix.id.removeprefix(PREFIX))
        with self._database.write() as connection:
            found = _fixes(connection.execute(steps_of(number)).all())
            last = found[0].n if found else 0
            if last != fix.n:
                raise Overtaken(
                    fix=fix.id, found=last, expected=fix.n, incident=fix.incident
                )
            _append(connection, number, fix.incident, step)
            return _fixes(connection.execute(steps_of(number)).all())[0]

    def of(self, incident: IncidentId) -> tuple[Fix, ...]:
        """Give every fix of an incident, oldest first."""
        with self._database.read() as connection:
            return _fixes(connection.execute(steps_for(incident)).all())

    def get(self, fix: str) -> Fix | None:
        """Give one fix by its id; None where there is none."""
        number = int(fix.removeprefix(PREFIX))
        with self._database.read() as connection:
            found = _fixes(connection.execute(steps_of(number)).all())
        return found[0] if found else None

    def verify(self, *, head: str | None = None) -> journal.Verdict:
        """Say whether the audit's chain is whole; see `store.journal.verify`."""
        with self._database.read() as connection:
            return journal.verify(connection, audit, head=head)

    def head(self) -> str:
        """Give the hash of the audit's last row, to be kept outside the database."""
        with self._database.read() as connection:
            return journal.head(connection, audit)


def _steps() -> _Row:
    columns = ("number", "n", "incident", "kind", "at", "actor", "body")
    wanted = [audit.c[name] for name in columns]
    return select(*wanted).order_by(audit.c.number, audit.c.n)


def _next(connection: Connection) -> int:
    known = (last_number(), last_locked())
    return 1 + max(connection.execute(one).scalar_one() or 0 for one in known)


def _append(
    connection: Connection, number: int, incident: IncidentId, step: Step
) -> None:
    row = {
        "number": number,
        "n": step.n,
        "incident": incident,
        "kind": str(step.kind),
        "at": step.at,
        "actor": step.actor,
        "body": dict(step.body),
    }
    journal.append(connection, audit, [row])


def _fixes(rows: Sequence[object]) -> tuple[Fix, ...]:
    found = []
    for number, group in groupby(rows, key=lambda row: row.number):  # type: ignore[attr-defined]  # rows of `_steps`
        steps = list(group)
        incident = IncidentId(steps[0].incident)  # type: ignore[attr-defined]  # the same
        found.append(fold(f"{PREFIX}{number}", incident, [_step(row) for row in steps]))
    return tuple(found)


def _step(row: object) -> Step:
    n, kind, at, actor, body = (
        getattr(row, name) for name in ("n", "kind", "at", "actor", "body")
    )
    return Step(n=n, kind=kind, at=at, actor=actor, body=body)
