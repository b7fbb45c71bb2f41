"""Settings: flags, then ``MODELOWNERS_*``, then defaults; read nowhere else."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from modelowners.core.errors import InputError, StateError

FILE_NAME = "modelowners.yaml"
STATE_NAME = ".modelowners"


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
        Folder of the state database and caches.
    user : str or None
        Who acts, as given.
    """

    file: Path
    state: Path
    user: str | None = None

    @classmethod
    def read(cls, *, file: str | None, state: str | None, user: str | None) -> Settings:
        """Read flags, then the environment, then defaults."""
        env = os.environ  # noqa: TID251 - the one place that reads it
        path = Path(file or env.get("MODELOWNERS_FILE") or FILE_NAME)
        folder = state or env.get("MODELOWNERS_STATE")
        return cls(
            file=path,
            state=Path(folder) if folder else path.parent / STATE_NAME,
            user=user or env.get("MODELOWNERS_USER"),
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


def colour_refused() -> bool:
    """
    Tell whether the environment asks for text without colour.

    References
    ----------
    https://no-color.org: ``NO_COLOR`` set to anything but the empty text.
    """
    return bool(os.environ.get("NO_COLOR"))  # noqa: TID251 - settings read it
