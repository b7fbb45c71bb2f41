"""Settings: flags, then ``MODELOWNERS_*``, then defaults; read nowhere else."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from modelowners.core.errors import BadTime, InputError, StateError
from modelowners.core.secrets import Secrets
from modelowners.core.time import parse_instant

FILE_NAME = "modelowners.yaml"
STATE_NAME = ".modelowners"
DATABASE_NAME = "state.db"


class BadSetting(InputError):
    """The environment's {name} cannot be used: {why}."""


class NoFile(InputError):
    """
    No ownership file at {place}.

    Type `modelowners init` to propose one, or name one with --file.
    """


def limit_threads() -> None:
    """
    Keep NumPy's linear algebra to one thread, unless somebody asked for more.

    Our matrices are small: threads that wait for each other cost more than
    they give. Must run before NumPy is imported.
    """
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")  # noqa: TID251 - set here and nowhere else


@dataclass(frozen=True, slots=True)
class Settings:
    """
    What the program was asked to work on.

    Parameters
    ----------
    file : Path
        The ownership file.
    state : Path
        Folder of the state database.
    user : str or None
        Who acts, as given.
    allow_private : tuple of str
        Hosts and networks outside the public internet that may be asked.
    server : str or None
        URL of a PostgreSQL database that holds the state instead; it may
        contain a password, so that it is not shown.
    now : datetime or None
        UTC; what a rehearsal takes for the present, to go on from there.
    """

    file: Path
    state: Path
    user: str | None = None
    allow_private: tuple[str, ...] = ()
    server: str | None = field(default=None, repr=False)
    now: datetime | None = None

    @classmethod
    def read(cls, *, file: str | None, state: str | None, user: str | None) -> Settings:
        """Read flags, then the environment, then defaults."""
        env = os.environ  # noqa: TID251 - the one place that reads it
        path = Path(file or env.get("MODELOWNERS_FILE") or FILE_NAME)
        place = state or env.get("MODELOWNERS_STATE")
        server = place if place and "://" in place else None
        return cls(
            file=path,
            state=Path(place) if place and not server else path.parent / STATE_NAME,
            user=user or env.get("MODELOWNERS_USER"),
            allow_private=tuple(
                filter(None, env.get("MODELOWNERS_ALLOW_PRIVATE", "").split(","))
            ),
            server=server,
            now=_instant("MODELOWNERS_NOW", env.get("MODELOWNERS_NOW")),
        )

    def existing_file(self) -> Path:
        """
        Give the ownership file.

        Raises
        ------
        NoFile
            If it is not there.
        """
        if not self.file.is_file():
            raise NoFile(place=self.file)
        return self.file

    def database(self, *, make: bool = True) -> str:
        """
        Tell where the state database is: the path of an SQLite file, or a URL.

        Parameters
        ----------
        make : bool
            Whether to make the folder of a file, where it is not there.
        """
        if self.server is not None:
            return self.server
        return str((self.state_folder() if make else self.state) / DATABASE_NAME)

    def state_folder(self) -> Path:
        """
        Make and give the state folder.

        Raises
        ------
        StateError
            If it cannot be made or written.
        """
        try:
            self.state.mkdir(parents=True, exist_ok=True, mode=0o700)
            ignore = self.state / ".gitignore"
            if not ignore.exists():
                ignore.write_text("*\n", encoding="utf-8")
        except OSError as error:
            raise StateError(
                place=self.state,
                why=error.strerror or str(error),
                remedy="Make the folder writable, or name another with --state",
            ) from None
        return self.state


def _instant(name: str, text: str | None) -> datetime | None:
    """
    Read an instant of the environment.

    Raises
    ------
    BadSetting
        If it is none.
    """
    if not text:
        return None
    try:
        return parse_instant(text)
    except BadTime as error:
        raise BadSetting(name=name, why=str(error)) from None


def read_secrets(folder: Path) -> Secrets:
    """
    Give what resolves ``${NAME}`` from the environment and ``file:`` from a folder.

    Parameters
    ----------
    folder : Path
        Of the ownership file; relative paths start here.

    Returns
    -------
    Secrets
        Nothing is read before it is used.
    """
    env = os.environ  # noqa: TID251 - settings read it
    return Secrets(env, read=lambda path: (folder / path).read_text("utf-8"))


def cache_folder() -> Path:
    """
    Give the folder of what can be made again: ``MODELOWNERS_CACHE``, else the user's.

    Returns
    -------
    Path
        Not made here.

    References
    ----------
    XDG Base Directory Specification: ``XDG_CACHE_HOME``, else ``~/.cache``.
    """
    env = os.environ  # noqa: TID251 - settings read it
    if chosen := env.get("MODELOWNERS_CACHE"):
        return Path(chosen)
    shared = env.get("XDG_CACHE_HOME")
    return (Path(shared) if shared else Path.home() / ".cache") / "modelowners"


def program_path() -> str:
    """Give where programs are looked for: ``PATH``, else the system's default."""
    return os.environ.get("PATH") or os.defpath  # noqa: TID251 - settings read it


def colour_refused() -> bool:
    """
    Tell whether the environment asks for text without colour.

    References
    ----------
    https://no-color.org: ``NO_COLOR`` set to anything but the empty text.
    """
    return bool(os.environ.get("NO_COLOR"))  # noqa: TID251 - settings read it
