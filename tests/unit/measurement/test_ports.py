from __future__ import annotations

import inspect

from modelowners.connectors.tickets import CsvTable, ParquetTable
from modelowners.measurement.ports import TicketTable


def test_the_port_is_small_and_both_readers_fill_it() -> None:
    asked = {name for name in vars(TicketTable) if not name.startswith("_")}
    assert asked == {"columns", "digest", "rows"}
    for reader in (CsvTable, ParquetTable):
        assert inspect.isgeneratorfunction(reader.rows)
