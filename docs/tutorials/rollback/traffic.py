"""The customers of each day: generated, scored by the running server, logged."""

from __future__ import annotations

import csv
import json
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

FEATURES = ("tenure", "monthly", "calls", "channel")
CHANNELS = ("shop", "web", "phone")
ROWS = 400
"""Customers a day."""

Row = dict[str, object]


def customers(seed: int, count: int = ROWS) -> list[Row]:
    """
    Draw customers, and whether each will leave.

    Parameters
    ----------
    seed : int
        The same one gives the same customers.
    count : int
        How many.
    """
    random = Random(seed)
    rows: list[Row] = []
    for _ in range(count):
        tenure = random.expovariate(1 / 24)
        monthly = random.uniform(10, 90)
        calls = min(int(random.expovariate(0.7)), 9)
        channel = random.choice(CHANNELS)
        odds = -1.6 - tenure / 20 + (monthly - 40) / 14 + 0.5 * calls
        odds += {"shop": -0.6, "web": 0.0, "phone": 0.5}[channel]
        leaves = random.random() < 1 / (1 + 2.718281828**-odds)
        rows.append(
            {
                "tenure": round(tenure, 1),
                "monthly": round(monthly, 2),
                "calls": calls,
                "channel": channel,
                "churned": int(leaves),
            }
        )
    return rows


def write_rows(place: Path, rows: Sequence[Mapping[str, object]]) -> None:
    """Write rows as CSV."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


@dataclass
class Shop:
    """
    Asks the model about its customers and keeps what it answered.

    Parameters
    ----------
    folder : Path
        Gets ``logs/`` and ``outcomes/``.
    server : str
        Where the model answers.
    registry : str
        Where MLflow answers: which version a run became.
    """

    folder: Path
    server: str
    registry: str
    _versions: dict[str, str] = field(default_factory=dict)

    def live(self, start: datetime, hours: int = 24) -> str:
        """
        Live through some hours: score, log, and learn who left a day later.

        Parameters
        ----------
        start : datetime
            UTC; the first of them.
        hours : int
            How many, at least 1; customers come evenly.

        Returns
        -------
        str
            The version that answered last.
        """
        rows = customers(int(start.timestamp()), ROWS * hours // 24)
        answers = self._score(rows)
        log, outcomes = [], []
        for number, (row, answer) in enumerate(zip(rows, answers, strict=True)):
            at = start + number * timedelta(hours=hours) / len(rows)
            name = f"{at:%m%d%H%M%S}-{number}"
            log.append(
                {"id": name, "scored_at": at.isoformat()}
                | {key: row[key] for key in FEATURES}
                | {"p_churn": answer["p_churn"], "version": self._version(answer)}
            )
            known = at + timedelta(hours=20)
            outcomes.append(
                {"id": name, "churned": row["churned"], "known_at": known.isoformat()}
            )
        write_rows(self.folder / "logs" / f"{start:%Y-%m-%dT%H}.csv", log)
        write_rows(self.folder / "outcomes" / f"{start:%Y-%m-%dT%H}.csv", outcomes)
        return str(log[-1]["version"])

    def _score(self, rows: Sequence[Row]) -> list[dict[str, str]]:
        data = [
            [float(str(row[n])) for n in FEATURES[:3]] + [row["channel"]]
            for row in rows
        ]
        body = {"dataframe_split": {"columns": FEATURES, "data": data}}
        answer = post(f"{self.server}/invocations", body)
        predictions: list[dict[str, str]] = answer["predictions"]  # type: ignore[assignment]
        return predictions

    def _version(self, answer: Mapping[str, str]) -> str:
        run = answer["run"]
        if run not in self._versions:
            call = f"{self.registry}/api/2.0/mlflow/model-versions/search"
            found = get(f"{call}?filter=run_id%3D'{run}'")
            self._versions[run] = found["model_versions"][0]["version"]  # type: ignore[index]
        return self._versions[run]


def post(url: str, body: object) -> dict[str, object]:
    """Post JSON, give JSON."""
    request = urllib.request.Request(
        url, json.dumps(body).encode(), {"content-type": "application/json"}
    )
    return get(request)


def get(request: str | urllib.request.Request) -> dict[str, object]:
    """Ask a server on this machine, give its JSON."""
    with urllib.request.urlopen(request, timeout=60) as answer:
        found: dict[str, object] = json.loads(answer.read())
    return found
