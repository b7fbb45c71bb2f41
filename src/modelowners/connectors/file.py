"""The file sink: appends each message to a file, one JSON object a line."""

from __future__ import annotations

import os
import stat
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from modelowners.catalog.files import Catalog
from modelowners.core.ids import canonical_json
from modelowners.incidents.notices import Message, plain_message
from modelowners.incidents.ports import Hope, NotSent, Receipt

if TYPE_CHECKING:
    # The transport loads an HTTP client, which this connector never asks.
    from modelowners.connectors.transport import Outside

PRIVATE = 0o600


class JsonLines:
    """
    Appends to files below one folder.

    It does not deduplicate: after a crash a line may be there twice, with the
    same ``id``. There is no ambiguity: a line is on the disk, whole, before
    `send` returns.

    Parameters
    ----------
    folder : Path
        Targets are relative to it, and stay below it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, message: Message) -> Receipt:
        """
        Append a message and wait until the disk has it.

        Raises
        ------
        NotSent
            If the target leaves the folder, is no file, or cannot be written.
        """
        place = self._place(message)
        line = canonical_json(plain_message(message)) + b"\n"
        try:
            _append(place, line)
        except IsADirectoryError as error:
            raise NotSent(message.address, str(error), hope=Hope.NONE) from error
        except OSError as error:
            why = error.strerror or str(error)
            raise NotSent(message.address, why, hope=Hope.RETRY) from error
        return Receipt(ref=message.id)

    def _place(self, message: Message) -> Path:
        target = PurePath(message.address.target)
        place = self._folder / target
        inside = place.resolve().is_relative_to(self._folder.resolve())
        if not target.parts or target.is_absolute() or not inside:
            why = f"it must name a file below {self._folder}"
            raise NotSent(message.address, why, hope=Hope.NONE)
        return place


def _append(place: Path, line: bytes) -> None:
    """
    Add a line in one write, so that two writers never mix theirs.

    Raises
    ------
    OSError
        If it is no plain file, or the disk took only a part, which is undone.
    """
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK
    handle = os.open(place, flags, PRIVATE)
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(0, "it is no plain file")
        size = os.fstat(handle).st_size
        # An earlier writer may have died in the middle of a line.
        torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
        whole = b"\n" + line if torn else line
        if os.write(handle, whole) != len(whole):
            os.ftruncate(handle, size)
            raise OSError(0, "the disk took only a part of the line")
        os.fsync(handle)
    finally:
        os.close(handle)


def notifier(catalog: Catalog, outside: Outside) -> JsonLines:
    """Give the sink for files below the ownership file's folder."""
    del outside
    return JsonLines(catalog.root)
