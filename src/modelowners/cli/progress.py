"""Progress of long work: on a terminal's stderr only, gone when the work is done."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def progress() -> Iterator[Callable[[str, float], None]]:
    """
    Show what long work is at; stay silent where nobody is watching.

    Yields
    ------
    callable
        To be told a short sentence and the share done, 0 to 1; does nothing
        where stderr is not a terminal.
    """
    if not sys.stderr.isatty():
        yield _silent
        return
    # Imported here: without a terminal nobody pays for it.
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, Progress, TextColumn  # noqa: PLC0415

    # Markup stays off: what is told may quote a column's name.
    columns = (
        BarColumn(bar_width=24),
        TextColumn("{task.description}", markup=False),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("starting", total=1.0)

        def tell(sentence: str, share: float) -> None:
            bar.update(task, description=sentence, completed=min(max(share, 0.0), 1.0))

        yield tell


def _silent(sentence: str, share: float) -> None:
    del sentence, share
