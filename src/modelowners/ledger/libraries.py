"""Libraries: which packages a text of requirements names, and in which versions."""

from __future__ import annotations

import re
from collections.abc import Iterator

_REQUIREMENT = re.compile(
    r"^([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?\s*([=<>!~][^;#\s]*.*)?$"
)


def requirements(text: str) -> Iterator[tuple[str, str]]:
    r"""
    Read requirements as pip writes them, one a line; skip what is none.

    Parameters
    ----------
    text : str
        Foreign, so nothing in it is trusted.

    Yields
    ------
    tuple of str and str
        Name in lower case, and what is asked of its version; empty for any.

    Examples
    --------
    >>> dict(requirements("numpy==2.1  # arrays\nPyYAML>=6 ; extra == 'x'\n-e ."))
    {'numpy': '==2.1', 'pyyaml': '>=6'}
    """
    for line in text.splitlines():
        found = _REQUIREMENT.match(re.split(r"[#;]| --", line)[0].strip())
        if found:
            yield found[1].lower(), (found[2] or "").strip(" \\")
