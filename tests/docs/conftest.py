"""The world in which the documentation's examples run: a small team, one fault."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

ROWS_PER_DAY = 300
SEED = "0.42"
LOG = f"""
create table log as
with rows as (
  select
    row_number() over () as n,
    timestamptz '2026-03-01 00:00:00Z' + to_microseconds(cast(
      (day * 86400 + (slot + 0.5) * 86400 / {ROWS_PER_DAY}) * 1000000 as bigint)
    ) as scored_at,
    1 + floor(random() * 72) as tenure,
    round(20 + 80 * random(), 2) as monthly,
    ['ES', 'NO', 'PT'][1 + cast(floor(random() * 3) as int)] as country,
    ['app', 'shop', 'web'][1 + cast(floor(random() * 3) as int)] as channel,
    random() as luck
  from range(61) as days(day), range({ROWS_PER_DAY}) as slots(slot)
), outcomes as (
  select *, luck < 1 / (1 + exp(2 - 0.05 * (monthly - 60) + 0.04 * (tenure - 36)))
    as churned
  from rows
), served as (
  -- From 20 April the contracts feed delivers the tenure in years, not months.
  select * replace (if(scored_at < timestamptz '2026-04-20 00:00:00Z',
                       tenure, round(tenure / 12, 2)) as tenure)
  from outcomes
)
select 'p' || n as id, scored_at, '3' as version, tenure, monthly, country, channel,
       1 / (1 + exp(2 - 0.05 * (monthly - 60) + 0.04 * (tenure - 36))) as p_churn,
       cast(churned as int) as churned
from served
"""


TICKETS_MAP = """\
shape: states           # a row is the ticket after a change
source: servicedesk
id: number
at: updated             # when the row's change happened
opened: opened
fixed: resolved         # may be empty: then the last run of `done` states
closed: closed
state: state
done: [Resolved, Closed]
team: team
severity: priority
asset: [system]
nulls: ["?"]
"""


def make_tickets(folder: Path) -> None:
    """Write a year of a service desk's tickets, 600 of them, and their map."""
    chance, first = random.Random(7), datetime(2025, 5, 1, tzinfo=UTC)  # noqa: S311 - made-up data
    lines = ["number,updated,opened,resolved,closed,state,team,priority,system"]
    for n in range(600):
        team = f"team-{chance.choice('abcdefgh')}"
        detoured, still_open = chance.random() < 0.4, chance.random() < 0.03
        opened = first + timedelta(minutes=chance.randrange(365 * 1440))
        work = timedelta(minutes=round(chance.lognormvariate(5.5, 1.7)) + 1)
        waited = timedelta(minutes=round(chance.lognormvariate(5, 1.2))) * detoured
        fixed = opened + waited + work
        done = "" if still_open else f"{fixed:%Y-%m-%dT%H:%MZ}"
        closed = "" if still_open else f"{fixed + timedelta(days=5):%Y-%m-%dT%H:%MZ}"
        rows = [(opened, "New", "desk" if detoured else team)]
        rows += [(opened + waited, "Active", team)] * detoured
        rows += [(fixed, "Resolved", team)] * (not still_open)
        priority, system = chance.randint(1, 4), chance.choice(["crm", "?"])
        lines += [
            f"{n},{at:%Y-%m-%dT%H:%MZ},{opened:%Y-%m-%dT%H:%MZ},{done},{closed},"
            f"{state},{held},{priority},{system}"
            for at, state, held in rows
        ]
    (folder / "tickets.csv").write_text("\n".join([*lines, ""]), encoding="utf-8")
    (folder / "tickets.yaml").write_text(TICKETS_MAP, encoding="utf-8")


def make_world(folder: Path) -> None:
    """Write two months of a churn model's log, its outcomes and a git history."""
    (folder / "logs").mkdir()
    with duckdb.connect() as db:
        db.execute("set TimeZone = 'UTC'")
        db.execute("set threads = 1")  # random() is drawn in the order of rows
        db.execute(f"select setseed({SEED})")
        db.execute(LOG)
        for month in (3, 4):
            db.execute(
                "copy (select * exclude churned from log"
                f" where month(scored_at) = {month} order by scored_at)"
                f" to '{folder}/logs/2026-{month:02}.parquet' (format parquet)"
            )
        db.execute(f"copy (select id, churned from log) to '{folder}/outcomes.csv'")
    _history(folder)


def _history(folder: Path) -> None:
    code = folder / "training"
    code.mkdir()
    steps = [
        ("Ana", "2026-02-02T09:00:00Z", "train.py", "rows = 10_000\n"),
        ("Ana", "2026-02-09T09:00:00Z", "train.py", "rows = 20_000\n"),
        ("Ana", "2026-02-16T09:00:00Z", "score.py", "threshold = 0.5\n"),
        ("Bo", "2026-04-13T09:00:00Z", "score.py", "threshold = 0.45\n"),
    ]
    _git(folder, "init", "--quiet", "--initial-branch=main")
    _git(folder, "config", "user.email", "ana@example.org")
    for author, at, name, text in steps:
        (code / name).write_text(text, encoding="utf-8")
        address = f"{author.lower()}@example.org"
        _git(folder, "add", "training")
        _git(
            folder,
            *("-c", f"user.name={author}", "-c", f"user.email={address}"),
            *("commit", "--quiet", "--message", f"Alter {name}"),
            at=at,
        )


def _git(folder: Path, *args: str, at: str | None = None) -> None:
    dates = {"GIT_AUTHOR_DATE": at, "GIT_COMMITTER_DATE": at} if at else {}
    subprocess.run(["git", *args], cwd=folder, env={**os.environ, **dates}, check=True)


@pytest.fixture
def world(tmp_path: Path, page: Path) -> Path:
    """Give a folder as a reader of a page has it; tickets where it speaks of them."""
    folder = tmp_path / "churn"
    folder.mkdir()
    make_world(folder)
    if "tickets.csv" in page.read_text(encoding="utf-8"):
        make_tickets(folder)
    return folder


@pytest.fixture
def shell(
    world: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], subprocess.CompletedProcess[str]]:
    """Give a function that runs one line as a person at a terminal would type it."""
    programs = Path(sys.executable).parent
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("COLUMNS", "100")

    def run(line: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S602 - our own documentation holds the line
            line,
            cwd=world,
            shell=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            check=False,
        )

    return run
