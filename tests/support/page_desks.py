"""Desks: a site over scripted diagnoses, in memory, with a client that asks it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from frame_worlds import frame, numeric, profile, text
from incident_worlds import (
    FLEET,
    GUILTY,
    MODEL,
    NOON,
    OWNERSHIP,
    Recorder,
    World,
    cause,
    read_catalog,
)
from page_client import Client

from modelowners.app.framing import Plan
from modelowners.app.loop import turn
from modelowners.app.settings import Settings
from modelowners.app.views.reading import Reading, read_frame
from modelowners.app.views.readings import Question, Readings
from modelowners.app.wiring import Program
from modelowners.core.ids import AssetId
from modelowners.core.time import DAY, TimeWindow
from modelowners.detection.frames import Frame
from modelowners.diagnosis.causes import Cause
from modelowners.incidents.incident import Incident
from modelowners.observations.profiles import NumericProfile, Partition, TextProfile
from modelowners.observations.questions import QUANTILE_LEVELS, Contrast, Side
from modelowners.server.main import Bind, build
from modelowners.server.site import Site
from modelowners.store.database import Database

DAYS, SINCE = 60, 48


class StillReadings(Readings):
    """Readings that were read before: the same of every model and column."""

    def read(self, program: Program, model: AssetId, **asked: object) -> Reading | str:
        del program, asked
        return sick_reading(model)

    def contrast(self, program: Program, question: Question) -> Contrast | None:
        del program
        return contrast_of(question.column)


@cache
def migrated() -> bytes:
    """Give an empty state: migrating anew for each test would take most of its time."""
    with TemporaryDirectory() as folder:
        place = Path(folder) / "state.db"
        Database.open(place).close()
        return place.read_bytes()


@cache
def sick_reading(model: AssetId) -> Reading:
    """What `sick_frame` says over time."""
    made = sick_frame()
    plan = Plan(
        windows=made.windows,
        reference=made.reference,
        test=made.test,
        why=made.why,
        labelled_until=made.labelled,
    )
    return read_frame(
        made, plan, model=model, features=("temp", "origin"), loss="log_loss"
    )


@cache
def sick_frame() -> Frame:
    """Sixty days: from the 48th on `temp` is cold and the loss is high."""
    rng = np.random.default_rng(7)
    profiles = []
    for day in range(DAYS):
        late = day >= SINCE
        columns: dict[str, NumericProfile | TextProfile] = {
            "temp": numeric(rng.normal(-1.5 if late else 0.5, 0.4, 200)),
            "origin": text(list(rng.choice(["JFK", "LGA"], 200))),
        }
        losses = rng.gamma(4.0, 0.15 if late else 0.1, 200)
        profiles.append(profile(day, columns, losses=losses))
        jfk = Partition("segment", (("origin", "JFK"),))
        profiles.append(profile(day, columns, losses=losses[:100], partition=jfk))
    return frame(profiles, history=32, test=DAYS - 32)


def contrast_of(column: str) -> Contrast:
    """A numeric column, warm before and cold after."""

    def side(mean: float) -> Side:
        spread = np.array([level - 0.5 for level in QUANTILE_LEVELS])
        return Side(
            rows=1000,
            n=1000,
            quantiles=mean + spread,
            mean=mean,
            sd=0.3,
            minimum=mean - 0.5,
            maximum=mean + 0.5,
            distinct=900,
        )

    return Contrast(column=column, numeric=True, before=side(53.0), after=side(12.0))


@dataclass
class PageDesk:
    """
    A model whose diagnoses are scripted, the site over it, and who asks.

    Parameters
    ----------
    folder : Path
        Where the ownership file is written.
    text : str
        The ownership file.
    """

    folder: Path
    text: str = OWNERSHIP
    sink: Recorder = field(default_factory=Recorder)

    def __post_init__(self) -> None:
        catalog = read_catalog(self.folder, self.text)
        place = self.folder / "state.db"
        place.write_bytes(migrated())
        self.world = World(catalog, database=Database.open(place))
        self.site = Site(
            Settings(file=self.folder / "modelowners.yaml", state=self.folder),
            clock=self.world.clock,
        )
        self.site.root.database = self.world.database
        self.client = Client(build(self.site, bind=Bind("127.0.0.1", 8321)))

    @property
    def database(self) -> Database:
        return self.world.database

    def program(self, acting: str | None = None) -> Program:
        """The site's program, whose messages go into the recorder."""
        made = self.site.program(acting)
        made.notifiers = dict.fromkeys(("console", "file", "email"), self.sink)
        return made

    def still(self) -> PageDesk:
        """Let logs be read without a log."""
        self.site.readings = StillReadings()
        return self

    def open(self, *causes: Cause) -> Incident:
        """Open INC-1: by default with cy of feeds, fleet is the next candidate."""
        usual = (
            cause(0.8, change=GUILTY),
            cause(0.1, team="fleet", person="fay", asset=FLEET, rank=2),
        )
        self.world.ledger.append([GUILTY])
        self.world.make_sick(*(causes or usual))
        turn(self.world, as_of=NOON)
        return self.world.incidents.get("INC-1")

    def recover(self) -> Incident:
        """Let later windows be well until the incident is over."""
        for day in range(1, 8):
            self.world.clock.at = NOON + day * DAY
            end = (NOON + day * DAY).replace(hour=0)
            self.world.make_well(TimeWindow(end - 2 * DAY, end))
            turn(self.world, as_of=self.world.clock.at)
            found = self.world.incidents.get("INC-1")
            if not found.active:
                break
        return found


MODEL_PATH = f"/models/{MODEL.partition(':')[2]}"
