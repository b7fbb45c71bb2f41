"""Paths of an asset's code: which files of a repository belong to which assets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from modelowners.core.ids import AssetId

MAX_PATHSPECS = 500
"""Paths that git is asked to look for; with more it lists every file."""

_WILD = re.compile(r"[*?\[]")


class CodePaths:
    """
    The declared paths of every asset, from the root of the repository.

    Parameters
    ----------
    code : mapping of AssetId to sequence of str
        Files, folders or patterns with ``*``, ``?``, ``[…]`` and ``**``.
    prefix : str
        Folder they start from, below the root; empty, or ending in ``/``.

    Examples
    --------
    >>> paths = CodePaths({AssetId("model:eta"): ["train/", "sql/**/*.sql"]}, prefix="")
    >>> paths.assets("train/fit.py"), paths.assets("sql/a/b.sql")
    (('model:eta',), ('model:eta',))
    >>> paths.assets("training/fit.py")
    ()
    """

    def __init__(self, code: Mapping[AssetId, Sequence[str]], *, prefix: str) -> None:
        self._literal: dict[str, list[AssetId]] = {}
        self._patterns: list[tuple[re.Pattern[str], AssetId]] = []
        for asset, paths in sorted(code.items()):
            for written in paths:
                path = _normal(prefix + written)
                if _WILD.search(path):
                    self._patterns.append((_compiled(path), asset))
                else:
                    self._literal.setdefault(path, []).append(asset)
        self._roots = sorted(
            {
                _normal(_fixed(prefix + path))
                for paths in code.values()
                for path in paths
            }
        )

    def pathspecs(self) -> tuple[str, ...]:
        """
        Give what git is asked to look for: every path of ours, and perhaps more.

        Returns
        -------
        tuple of str
            Empty where git is to look at every file.
        """
        if "" in self._roots or len(self._roots) > MAX_PATHSPECS:
            return ()
        return tuple(f":(top,literal){path}" for path in self._roots)

    def assets(self, path: str) -> tuple[AssetId, ...]:
        """
        Give the assets a file belongs to, in order.

        Parameters
        ----------
        path : str
            From the root of the repository, with ``/``.
        """
        found = {
            asset for at in _ancestors(path) for asset in self._literal.get(at, ())
        }
        found |= {asset for pattern, asset in self._patterns if pattern.match(path)}
        return tuple(sorted(found))


def _normal(path: str) -> str:
    """Drop empty and ``.`` parts; the root is the empty path."""
    return "/".join(part for part in path.split("/") if part not in {"", "."})


def _fixed(path: str) -> str:
    """Give the whole folders before the first wildcard."""
    wild = _WILD.search(path)
    return path[: wild.start()].rpartition("/")[0] if wild else path


def _ancestors(path: str) -> Iterator[str]:
    yield path
    while path:
        path = path.rpartition("/")[0]
        yield path


def _compiled(pattern: str) -> re.Pattern[str]:
    """Turn a pattern into an expression that also covers what lies below a match."""
    parts = re.split(r"(\*\*/|\*\*|\*|\?|\[[^\]]+\])", pattern)
    return re.compile("".join(map(_expression, parts)) + r"(?:/.*)?\Z", re.DOTALL)


def _expression(part: str) -> str:
    fixed = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    if part in fixed:
        return fixed[part]
    if part.startswith("[") and part.endswith("]"):
        inner = part[1:-1].replace("\\", r"\\").replace("[", r"\[")
        return f"[^{inner[1:]}]" if inner.startswith(("!", "^")) else f"[{inner}]"
    return re.escape(part)
