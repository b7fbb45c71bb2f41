"""A small model with a log on disk, for checks: what they find is known by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from modelowners.app.settings import Settings
from modelowners.app.wiring import Program
from modelowners.core.ids import asset_id
from modelowners.core.time import VirtualClock, parse_instant
from modelowners.detection.checks.results import CheckResult

MODEL = asset_id("model:churn")
NOW = parse_instant("2026-04-11T01:00Z")
FILE = """\
version: 1
people: {{ana: {{email: ana@example.org}}}}
teams: {{crm: {{lead: ana, members: [ana]}}}}
owns:
  model:churn:
    owner: crm
    predictions:
      source: logs/*.parquet
      columns: {{prediction_id: id, ts: made, score: p}}
      features: [tenure, monthly, yearly, channel, email]
      segments: [country]
      private: [email]
      labels: {{inline: true, actual: churned}}
{entry}
"""
ROWS = """
select day * 100 + slot as id,
  timestamp '2026-03-02' + to_days(cast(day as int))
    + to_minutes(cast(slot * 14 as int))
    as made,
  1 + slot % 12 as tenure, 20.0 + slot % 50 as monthly,
  12 * (20.0 + slot % 50) as yearly,
  ['app', 'shop', 'web'][1 + cast(slot % 3 as int)] as channel,
  'm' || slot || '@example.org' as email,
  ['ES', 'NO'][1 + cast(slot % 2 as int)] as country,
  case when slot % 4 = 0 then 0.7 else 0.2 end as p,
  cast(slot % 4 = 0 as int) as churned
from range({days}) d(day), range({rows}) s(slot)
"""


@dataclass(frozen=True, slots=True)
class CheckWorld:
    """A folder with an ownership file and the log of a model: 40 days from 2 March."""

    folder: Path

    def write(
        self,
        *,
        alter: str = "",
        days: int = 40,
        rows: int = 100,
        where: str = "true",
    ) -> None:
        """Write the log; `alter` is the list of a `SELECT * REPLACE`."""
        (self.folder / "logs").mkdir(exist_ok=True)
        inner = ROWS.format(days=days, rows=rows)
        star = f"* replace ({alter})" if alter else "*"
        with duckdb.connect() as db:
            db.execute(
                f"copy (select {star} from ({inner}) where {where} order by made) "
                f"to '{self.folder}/logs/log.parquet' (format parquet)"
            )

    def declare(self, entry: str) -> Path:
        """Write the ownership file; `entry` is indented below the model."""
        place = self.folder / "modelowners.yaml"
        lines = "\n".join(f"    {line}" for line in entry.splitlines())
        place.write_text(FILE.format(entry=lines), encoding="utf-8")
        return place

    def program(self) -> Program:
        """Wire a program at 01:00 UTC after the log's last day."""
        settings = Settings(self.folder / "modelowners.yaml", self.folder / "state")
        return Program(settings, VirtualClock(NOW))

    def check(self, entry: str, *, as_of: str | None = None) -> list[CheckResult]:
        """Run what an entry declares."""
        from modelowners.app.checking import check  # noqa: PLC0415

        self.declare(entry)
        program = self.program()
        at = parse_instant(as_of) if as_of else None
        try:
            return list(check(program, MODEL, as_of=at))
        finally:
            if "database" in vars(program):
                program.database.close()

    def verdicts(self, entry: str, *, as_of: str | None = None) -> Mapping[str, str]:
        """Give the state of every result by its name."""
        return {one.name: one.state for one in self.check(entry, as_of=as_of)}
