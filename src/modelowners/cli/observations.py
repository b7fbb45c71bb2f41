"""`profile`: what a model's log holds, kept, dropped and why."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

import click

from modelowners.cli.output import narrate, print_json, program
from modelowners.cli.progress import progress
from modelowners.core.errors import BadTime, InputError
from modelowners.core.time import EPOCH, TimeWindow, format_instant, parse_instant

if TYPE_CHECKING:
    from modelowners.observations.accounts import Account
    from modelowners.observations.logs import PredictionLog
    from modelowners.observations.profiles import ColumnProfile

MOST_COLUMNS = 40
"""Columns listed for a person; `--json` has them all."""

_FAR = datetime(9999, 12, 31, tzinfo=EPOCH.tzinfo)
_WIDE = 28
_SMALL, _LARGE, _LONG = 1e-4, 1e9, 1e15


class NothingToProfile(InputError):
    """
    No model in {place} declares a prediction log.

    Add `predictions: {{source: …}}` to its entry; `modelowners init` proposes one.
    """


@click.command("profile")
@click.argument("model", required=False)
@click.option("--from", "start", metavar="T", help="Only rows at or after T, UTC.")
@click.option("--to", "end", metavar="T", help="Only rows before T, UTC.")
@click.option("--as-of", metavar="T", help="Only rows and labels known then, UTC.")
@click.option("--json", "as_json", is_flag=True, help="Print every count as JSON.")
@click.pass_context
def profile(
    ctx: click.Context,
    model: str | None,
    start: str | None,
    end: str | None,
    as_of: str | None,
    *,
    as_json: bool,
) -> int:
    """
    Show what a model's log holds: rows kept, rows dropped and why.

    Without MODEL: every model that declares a log. Exit 1 where more rows were
    dropped than `drop_limit` allows, no row is left, or a file cannot be read.
    \f

    Raises
    ------
    NothingToProfile
        If no model declares a log.
    """  # noqa: D301 - click cuts the help at the form feed
    running = program(ctx)
    window = _window(start, end)
    known = parse_instant(as_of) if as_of else None
    logs = (running.log(running.asset(model)),) if model else running.logs()
    if not logs:
        raise NothingToProfile(place=running.settings.file)
    found: list[tuple[PredictionLog, Account]] = []
    with progress() as tell:
        for i, log in enumerate(logs):
            if tell is not None:
                tell(f"reading {log.asset}", i / len(logs))
            found.append((log, running.engine.account(log, window, as_of=known)))
    if as_json:
        print_json([_plain(log, account) for log, account in found])
    else:
        for i, (log, account) in enumerate(found):
            click.echo(("\n" if i else "") + "\n".join(_story(log, account)))
    for log, account in found:
        for trouble in _troubles(log, account):
            narrate(f"{log.asset}: {trouble}")
    return int(any(True for pair in found for _ in _troubles(*pair)))


def _window(start: str | None, end: str | None) -> TimeWindow | None:
    """
    Read the options as a window; None: everything.

    Raises
    ------
    BadTime
        If it would end before it starts.
    """
    if start is None and end is None:
        return None
    first = parse_instant(start) if start else EPOCH
    last = parse_instant(end) if end else _FAR
    if last <= first:
        raise BadTime(
            found=f"{start}/{end}", expected="a window that ends after it starts"
        )
    return TimeWindow(first, last)


def _troubles(log: PredictionLog, account: Account) -> Iterator[str]:
    """Say what makes the exit code 1."""
    if account.shape.unreadable:
        count = len(account.shape.unreadable)
        yield f"{count} {_plural(count, 'file')} cannot be read; deliver again"
    if not account.kept:
        yield "no row is left; see the reasons above"
    elif account.dropped_share > log.drop_limit:
        yield (
            f"{_percent(account.dropped_share)} of the rows were dropped, more than "
            f"`drop_limit` {_percent(log.drop_limit)}"
        )


def _story(log: PredictionLog, account: Account) -> Iterator[str]:
    yield _headline(log, account)
    yield _rows_line(account)
    yield _coverage_line(log, account)
    yield _columns_line(log, account)
    if account.claims:
        yield _claims_line(account)
    yield from _notes(log, account)
    yield from _files(account)
    yield from _table(account)


def _headline(log: PredictionLog, account: Account) -> str:
    told = "" if account.task_declared else " (told from the outputs)"
    span = "no rows"
    if account.first and account.last:
        span = f"{account.first:%Y-%m-%d %H:%M} … {account.last:%Y-%m-%d %H:%M} UTC"
    sources = " ".join(log.source)
    return f"{account.asset}   flat   {account.task}{told}   {sources}   {span}"


def _rows_line(account: Account) -> str:
    line = f"read {account.read:,}   kept {account.kept:,}"
    lost = account.read - account.kept
    if not lost:
        return f"{line}   dropped 0"
    reasons = sorted(account.dropped.items(), key=lambda item: (-item[1].rows, item[0]))
    told = ", ".join(
        f"{reason} {one.rows:,} (first: {one.file} row {one.row + 1:,})"
        for reason, one in reasons
    )
    return f"{line}   dropped {lost:,}: {told}"


def _coverage_line(log: PredictionLog, account: Account) -> str:
    version = "not mapped"
    if account.has_version:
        version = _percent(account.versioned / account.kept) if account.kept else "-"
    label = "none declared"
    if account.has_labels and account.kept:
        label = _percent(account.labelled / account.kept)
        if log.labels and log.labels.delay and account.labels_due:
            label += f" (last due {account.labels_due:%Y-%m-%d})"
    return f"version {version}   label {label}   weight {account.weight:,.10g}"


def _columns_line(log: PredictionLog, account: Account) -> str:
    declared = len(log.features) or len(account.features)
    differs = [
        f"{name} {found}, declared {meant}"
        for name, (found, meant) in sorted(account.type_differs.items())
    ]
    extra = f"extra {len(account.extra) + account.uncounted:,}"
    if account.extra:
        extra += f" ({_some(account.extra)})"
    present = sum(
        1 for name in account.features if not log.features or name in log.features
    )
    return "   ".join(
        [
            f"features {present:,}/{declared:,}",
            f"missing {_some(account.missing)}",
            extra,
            f"type differs: {'; '.join(differs) if differs else '-'}",
        ]
    )


def _claims_line(account: Account) -> str:
    shares = [
        f"{asset.partition(':')[2]} {_share(rows, account.kept)}"
        for asset, rows in account.claims.items()
    ]
    return "   ".join(
        [*shares, f"no partition {_share(account.unclaimed, account.kept)}"]
    )


def _notes(log: PredictionLog, account: Account) -> Iterator[str]:
    if account.zone_note:
        hint = "" if log.timezone != "UTC" else "; `timezone:` says otherwise"
        yield f"note: {account.zone_note}{hint}"
    if account.differing_duplicates:
        yield (
            f"note: {account.differing_duplicates:,} duplicates differ from the row "
            "kept (the earliest logged)"
        )
    if account.all_null:
        yield f"note: no value at all in {_some(account.all_null)}"
    if account.skipped:
        yield f"note: nested or binary columns are not read: {_some(account.skipped)}"
    if account.uncounted:
        yield (
            f"note: {account.uncounted:,} columns with no role beyond the first "
            "200 are not profiled"
        )
    if account.inexact:
        names = _some(account.inexact)
        yield f"note: beyond 2^53 last digits are not compared: {names}"
    for one in account.extremes:
        yield (
            f"note: {one.column} holds {_figure(one.value)} (row {one.prediction_id}, "
            f"{format_instant(one.ts)}); 99.9 % lie within {_figure(one.low)} … "
            f"{_figure(one.high)}"
        )


def _files(account: Account) -> Iterator[str]:
    for name, why in account.shape.unreadable.items():
        yield f"unreadable: {name}: {why}"
    for name, how in account.shape.differing.items():
        yield f"differs between files: {name}: {how}"


def _table(account: Account) -> Iterator[str]:
    """Give one line per column: nulls, range or commonest value."""
    if not account.kept or not account.columns:
        return
    shown = list(account.columns.items())[:MOST_COLUMNS]
    width = min(max(len(name) for name, _ in shown), _WIDE)
    yield ""
    yield f"{'column':<{width}}  {'null':>7}  {'distinct':>9}  values"
    for name, column in shown:
        yield (
            f"{_cut(name, width):<{width}}  "
            f"{_share(column.nulls, column.rows):>7}  "
            f"{_distinct(column):>9}  {_values(column)}"
        )
    if len(account.columns) > len(shown):
        yield f"… and {len(account.columns) - len(shown):,} more columns (--json)"


def _distinct(column: ColumnProfile) -> str:
    return "-" if column.distinct is None else f"{column.distinct:,}"


def _values(column: ColumnProfile) -> str:
    from modelowners.observations.profiles import (  # noqa: PLC0415 - loads NumPy
        TextProfile,
    )

    if isinstance(column, TextProfile):
        top = [
            f"{_cut(value, _WIDE)!r} {_share(rows, column.n)}"
            for value, rows in list(column.values.items())[:3]
        ]
        return ", ".join(top) or "-"
    if not column.n:
        return "-"
    text = (
        f"{_figure(column.minimum)} … {_figure(column.maximum)}, "
        f"mean {_figure(column.mean)}"
    )
    odd = [f"{column.nans:,} NaN"] if column.nans else []
    odd += [f"{column.infinite:,} infinite"] if column.infinite else []
    odd += [f"{column.failed:,} unreadable"] if column.failed else []
    return ", ".join([text, *odd])


def _plain(log: PredictionLog, account: Account) -> Mapping[str, object]:
    """Give an account as JSON has it: counts between edges stay inside."""
    fields = {
        field.name: getattr(account, field.name)
        for field in dataclasses.fields(account)
    }
    columns = {
        name: {
            "kind": "text" if hasattr(column, "values") else "numeric",
            **{
                field.name: getattr(column, field.name)
                for field in dataclasses.fields(column)
                if field.name != "counts"
            },
        }
        for name, column in account.columns.items()
    }
    return {
        **fields,
        "format": "flat",
        "source": log.source,
        "dropped_share": account.dropped_share,
        "drop_limit": log.drop_limit,
        "all_null": account.all_null,
        "columns": columns,
    }


def _some(names: Iterable[str], most: int = 5) -> str:
    listed = list(names)
    if not listed:
        return "-"
    rest = f" … {len(listed) - most:,} more" if len(listed) > most else ""
    return ", ".join(listed[:most]) + rest


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def _plural(count: int, noun: str) -> str:
    return noun if count == 1 else f"{noun}s"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _share(rows: int, of: int) -> str:
    return _percent(rows / of) if of else "-"


def _figure(value: float) -> str:
    """Give a figure with up to 6 significant digits, thousands parted."""
    if not math.isfinite(value):
        return "-"
    if value == int(value) and abs(value) < _LONG:
        return f"{int(value):,}"
    return f"{value:,.6g}" if _SMALL <= abs(value) < _LARGE else f"{value:.4g}"
