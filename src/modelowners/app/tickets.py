"""`import tickets`: another tool's export read, kept, and what was left out told."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from modelowners.app.lines import Line, Tone
from modelowners.app.phrases import clean
from modelowners.core.errors import InputError
from modelowners.core.ids import digest
from modelowners.measurement.tickets import Mask, read_tickets

if TYPE_CHECKING:
    from modelowners.app.wiring import Program
    from modelowners.measurement.repository import Kept

KEY_NAME = "persons.key"
_KEY_BYTES = 32
_LETTERS = 12


class NothingUsable(InputError):
    """No row of {place} could be used: {why}. Correct the map, then import again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """
    What an import did.

    Parameters
    ----------
    source : str
        As the map names it.
    rows, tickets : int
        Of the file.
    kept : Kept
        What changed in the state.
    left_out : mapping of str to int
        Rows left out, by reason.
    lost : int
        Tickets of which no row was good.
    """

    source: str
    rows: int
    tickets: int
    kept: Kept
    left_out: Mapping[str, int]
    lost: int


def import_tickets(
    program: Program, file: Path, form: Path, *, hash_persons: bool = False
) -> Imported:
    """
    Read an export and keep its timelines; the same again changes nothing.

    Parameters
    ----------
    program : Program
        Where they are kept.
    file, form : Path
        The export, and its map.
    hash_persons : bool
        Whether persons are kept under a pseudonym: the same one each time,
        derived with a secret of this state, so that lists of names do not
        reveal it.

    Returns
    -------
    Imported
        With every row accounted for.

    Raises
    ------
    NothingUsable
        If no row of the file could be used.
    """
    read = program.ticket_map(form)
    table = program.ticket_table(file)
    mask = masking(_key(program.settings.state_folder())) if hash_persons else None
    found = read_tickets(table, read, mask=mask)
    if not found.timelines:
        why = "; ".join(f"{n:,} with {why}" for why, n in found.faults.items())
        raise NothingUsable(place=file, why=why or "it holds none")
    kept = program.tickets.keep(
        found.timelines,
        digest=digest([table.digest, form.read_text(encoding="utf-8"), hash_persons]),
        at=program.clock.now(),
        notes={
            "file": table.digest,
            "rows": found.rows,
            "left_out": dict(found.faults),
            "lost": found.lost,
        },
    )
    return Imported(
        source=read.source,
        rows=found.rows,
        tickets=len(found.timelines),
        kept=kept,
        left_out=found.faults,
        lost=found.lost,
    )


def masking(key: bytes) -> Mask:
    """
    Give a function that turns a name into a pseudonym.

    Parameters
    ----------
    key : bytes
        Secret: who has it can try names.

    Examples
    --------
    >>> mask = masking(b"k")
    >>> mask("ana") == mask("ana"), mask("ana") == mask("bo"), len(mask("ana"))
    (True, False, 14)
    """

    def mask(name: str) -> str:
        found = hmac.new(key, name.encode(), hashlib.sha256).hexdigest()
        return f"p-{found[:_LETTERS]}"

    return mask


def tell_import(done: Imported) -> Iterator[Line]:
    """Say what an import did, and what it left out."""
    kept = done.kept
    yield Line(
        f'{done.rows:,} rows, {done.tickets:,} tickets of "{clean(done.source)}": '
        f"{kept.new:,} new, {kept.changed:,} changed, {kept.unchanged:,} unchanged.",
        Tone.BAD if done.left_out else Tone.GOOD,
        hang=2,
    )
    if kept.older:
        said = f"{kept.older:,} tickets were kept as they are: newer ones are known."
        yield Line(said, Tone.QUIET, hang=2)
    for why, n in done.left_out.items():
        yield Line(f"Left out: {n:,} rows with {why}.", Tone.BAD, hang=2)
    if done.lost:
        yield Line(f"{done.lost:,} tickets have no usable row.", Tone.BAD, hang=2)
    yield Line("modelowners report speed", Tone.COMMAND, indent=2)


def _key(folder: Path) -> bytes:
    """Give the secret of this state, made on first use, readable by its owner only."""
    place = folder / KEY_NAME
    if not place.is_file():
        place.touch(mode=0o600)
        place.write_bytes(secrets.token_bytes(_KEY_BYTES))
    return place.read_bytes()
