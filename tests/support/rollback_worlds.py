"""A model whose second version is worse: a log on disk, a registry in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
from fix_worlds import KEY, Recorder, Stubborn

from modelowners.app.loop import turn
from modelowners.app.settings import Settings
from modelowners.app.wiring import Program
from modelowners.core.ids import AssetId, asset_id
from modelowners.core.time import DAY, HOUR, VirtualClock, parse_instant
from modelowners.incidents.incident import Incident

CHURN = asset_id("model:churn")
FIRST = parse_instant("2026-03-02")
PROMOTED = parse_instant("2026-04-11")
FILE = """\
version: 1
people:
  ana: {{email: ana@example.org}}
  bo: {{email: bo@example.org}}
  eve: {{email: eve@example.org}}
  gone: {{email: gone@example.org, left: 2026-01-01}}
teams:
  crm: {{lead: ana, deputy: bo, members: [ana, bo], notify: ["file:told.jsonl"]}}
  billing: {{lead: eve, members: [eve], notify: ["file:told.jsonl"]}}
owns:
  model:churn:
    owner: crm
    tier: 1
    predictions:
      source: logs/*.parquet
      columns: {{prediction_id: id, ts: made, score: p, model_version: version}}
      features: [tenure, monthly]
      labels: {{inline: true, actual: churned}}
    checks: {checks}
    fix: {fix}
"""
ROWS = """
select '{version}-' || epoch_us(made) as id, made, '{version}' as version,
  1 + slot % 12 as tenure, 20.0 + (slot * 7 + day) % 50 as monthly,
  case when (slot % 4 = 0) = {good} then 0.7 else 0.2 end as p,
  cast(slot % 4 = 0 as int) as churned
from (select s.slot as slot, cast(epoch_us(timestamp '{start}') // 86400000000 as int)
    as day, timestamp '{start}' + to_minutes(cast(s.slot * 7 as int)) as made
  from range({rows}) s(slot))
"""


@dataclass
class RollbackWorld:
    """The folder, the program at work in it, and what stands outside."""

    folder: Path
    checks: str = '[{metric: "log_loss <= 0.5"}]'
    fix: str = "{alias: champion, reload: {command: [./reload]}}"
    registry: Stubborn = field(default_factory=Stubborn)
    trigger: Recorder = field(default_factory=Recorder)

    def __post_init__(self) -> None:
        (self.folder / "logs").mkdir(exist_ok=True)
        text = FILE.format(checks=self.checks, fix=self.fix)
        (self.folder / "modelowners.yaml").write_text(text, encoding="utf-8")
        self.clock = VirtualClock(PROMOTED)

    def serve(
        self, start: datetime, version: str, *, good: bool, days: int = 1
    ) -> None:
        """Log whole days that a version answered."""
        for number in range(days):
            self.log(start + number * DAY, version, good=good)

    def log(
        self, start: datetime, version: str, *, good: bool, rows: int = 200
    ) -> None:
        """Log rows from an instant on, one each seven minutes."""
        sql = ROWS.format(
            version=version,
            good=str(good).lower(),
            start=f"{start:%Y-%m-%d %H:%M:%S}",
            rows=rows,
        )
        place = self.folder / "logs" / f"{start:%m%dT%H%M}-{version}.parquet"
        with duckdb.connect() as db:
            db.execute(f"copy ({sql}) to '{place}' (format parquet)")

    def program(self, user: str = "ana") -> Program:
        """Start the program anew, as somebody."""
        state = self.folder / ".modelowners"
        settings = Settings(self.folder / "modelowners.yaml", state, user)
        started = Program(settings, self.clock)
        # What lies outside is replaced where the wiring keeps it.
        started.__dict__["registries"] = {"mlflow": self.registry}
        started.__dict__["trigger"] = self.trigger
        started.__dict__["wait"] = self._wait
        return started

    def look(self) -> None:
        """Take one turn of the loop."""
        turn(self.program(), as_of=self.clock.now())

    def break_it(self) -> Incident:
        """Serve version 1 well, then version 2 badly, until somebody is told."""
        self.serve(FIRST, "1", good=True, days=(PROMOTED - FIRST).days)
        self.serve(PROMOTED, "2", good=False, days=3)
        self.clock.at = PROMOTED + 3 * DAY + 6 * HOUR
        self.look()
        (incident,) = self.program().incidents.within()
        return incident

    def events(self) -> list[str]:
        """Give the kinds of the incident's events, in order."""
        program = self.program()
        (incident,) = program.incidents.within()
        return [str(event.kind) for event in program.incidents.history(incident.id)]

    def incident(self) -> Incident:
        """Give the incident as it stands."""
        (found,) = self.program().incidents.within()
        return found

    @property
    def version(self) -> str:
        """The version the alias stands for."""
        return self.registry.aliases[KEY]

    @property
    def asset(self) -> AssetId:
        """The model."""
        return CHURN

    def _wait(self, length: timedelta) -> None:
        self.clock.advance(length)
