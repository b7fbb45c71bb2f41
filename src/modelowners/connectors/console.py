"""The console sink: prints a message on stderr."""

from __future__ import annotations

import sys
import textwrap
from typing import TYPE_CHECKING, TextIO

from modelowners.catalog.files import Catalog
from modelowners.incidents.notices import Message, NoticeKind
from modelowners.incidents.ports import Hope, NotSent, Receipt

if TYPE_CHECKING:
    # The transport loads an HTTP client, which this connector never asks.
    from modelowners.connectors.transport import Outside

WIDTH = 88


class Console:
    """
    Prints to whoever watches.

    It does not deduplicate: a repeat is printed again, marked as one. There is
    no ambiguity: what was written without an error is there.

    Parameters
    ----------
    stream : file object, optional
        Instead of the process's stderr.

    Examples
    --------
    >>> Console().width
    88
    """

    def __init__(self, stream: TextIO | None = None, *, width: int = WIDTH) -> None:
        self._stream = stream
        self.width = width

    def send(self, message: Message) -> Receipt:
        """
        Print a message.

        Raises
        ------
        NotSent
            If the stream is closed.
        """
        stream = self._stream or sys.stderr
        text = self._text(message)
        encoding = getattr(stream, "encoding", None) or "utf-8"
        # A terminal that knows no such character shows its escape.
        shown = text.encode(encoding, "backslashreplace").decode(encoding)
        try:
            stream.write(shown)
            stream.flush()
        except (OSError, ValueError) as error:
            raise NotSent(message.address, str(error), hope=Hope.RETRY) from error
        return Receipt()

    def _text(self, message: Message) -> str:
        notice = message.notice
        mark = "PAGE" if notice.kind is NoticeKind.PAGE else "note"
        head = f"[{mark}] {message.title}"
        body = (f"For {notice.to}", *notice.lines)
        wrapped = [
            textwrap.fill(
                line,
                self.width,
                initial_indent="  ",
                subsequent_indent="    ",
                break_long_words=False,
                break_on_hyphens=False,
            )
            for line in body
            if line.strip()
        ]
        return "\n".join([head, *wrapped, ""])


def notifier(catalog: Catalog, outside: Outside) -> Console:
    """Give the console; it needs nothing from the ownership file."""
    del catalog, outside
    return Console()
