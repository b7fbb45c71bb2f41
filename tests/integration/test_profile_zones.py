"""The machine's zone changes not a byte of what is printed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

FILE = """\
version: 1
people: {bo: {email: bo@example.org}}
owns:
  model:eta:
    owner: bo
    predictions:
      source: "*.parquet"
      columns: {ts: at, score: p}
      timezone: Europe/Oslo
"""


@pytest.mark.parametrize("zone", ["Europe/Oslo", "America/Los_Angeles"])
def test_output_is_the_same_in_every_zone(tmp_path: Path, zone: str) -> None:
    (tmp_path / "modelowners.yaml").write_text(FILE)
    connection = duckdb.connect()
    # Over the change to summer time, where 02:30 does not exist in Oslo.
    connection.execute(
        "COPY (SELECT TIMESTAMP '2026-03-28 20:30' + INTERVAL (i) HOUR AS at, "
        "i / 48.0 AS p, '2026-03-29 0' || (i % 5) || ':30' AS word, "
        "TIMESTAMPTZ '2026-03-29 23:30Z' AS zoned FROM range(48) t(i)) "
        f"TO '{tmp_path / 'a.parquet'}' (FORMAT parquet)"
    )
    connection.close()
    assert told(tmp_path, zone) == told(tmp_path, "UTC")


def told(folder: Path, zone: str) -> bytes:
    done = subprocess.run(
        [sys.executable, "-m", "modelowners", "profile", "--json"],
        cwd=folder,
        env={**os.environ, "TZ": zone},
        capture_output=True,
        check=True,
    )
    assert b"2026-03-28T19:30:00Z" in done.stdout
    return done.stdout
