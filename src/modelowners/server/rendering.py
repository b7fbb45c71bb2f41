"""Rendering: a page's values as HTML, Markdown or JSON."""

from __future__ import annotations

import dataclasses
import json
import math
import re
from collections.abc import Mapping
from functools import cache

from jinja2 import (
    ChoiceLoader,
    Environment,
    PackageLoader,
    StrictUndefined,
    Undefined,
)
from markupsafe import Markup
from starlette.responses import HTMLResponse, Response

from modelowners.app.charts.drawing import Figure
from modelowners.app.documents import trusted
from modelowners.app.views.shell import Shell

MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~&])")


def as_html(name: str, page: object, shell: Shell, *, status: int = 200) -> Response:
    """
    Render a page for a browser.

    Parameters
    ----------
    name : str
        Of the template, without suffix.
    page : object
        The page's values.
    shell : Shell
        What stands around them.
    status : int
        Of HTTP.
    """
    template = _html().get_template(f"{name}.html")
    return HTMLResponse(template.render(page=page, shell=shell), status_code=status)


def as_markdown(name: str, page: object, shell: Shell) -> Response:
    """Render a page as Markdown, to be pasted into a ticket or an assistant."""
    text = _markdown().get_template(f"{name}.md").render(page=page, shell=shell)
    return Response(text, media_type="text/markdown; charset=utf-8")


def as_json(value: object, *, status: int = 200) -> Response:
    """Give values as JSON; a drawing gives its table."""
    text = json.dumps(document(value), ensure_ascii=False, indent=1)
    return Response(f"{text}\n", status, media_type="application/json")


def document(value: object) -> object:
    """
    Turn a page's values into JSON's types.

    Parameters
    ----------
    value : object
        Dataclasses, mappings, sequences and plain values.

    Returns
    -------
    object
        A drawing as its title and its table, NaN as null.
    """
    if isinstance(value, Figure):
        return {"title": value.title, "table": document(value.table)}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = dataclasses.fields(value)
        return {field.name: document(getattr(value, field.name)) for field in fields}
    if isinstance(value, Mapping):
        return {str(key): document(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [document(item) for item in value]
    return _scalar(value)


def _scalar(value: object) -> object:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    plain = value is None or isinstance(value, bool | int | float)
    return value if plain else str(value)


@cache
def _html() -> Environment:
    return _environment()


@cache
def _markdown() -> Environment:
    environment = _environment()
    # What it gives is marked as safe, so that nothing is escaped for HTML too.
    environment.finalize = _marked_down
    environment.filters["verbatim"] = _verbatim
    return environment


def _environment() -> Environment:
    environment = Environment(
        loader=ChoiceLoader(
            [
                PackageLoader("modelowners.server", "templates"),
                PackageLoader("modelowners.app", "templates"),
            ]
        ),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["drawing"] = trusted
    return environment


def _verbatim(text: str) -> Markup:
    """Let a line of code through: it stands indented, where nothing is read."""
    return Markup(text)  # noqa: S704 - Markdown shows an indented line as it is


def _marked_down(value: object) -> object:
    r"""
    Escape foreign text for Markdown.

    Examples
    --------
    >>> print(_marked_down("<b> *x*"))
    \<b\> \*x\*
    """
    if value is None or isinstance(value, Markup | Undefined):
        return value
    text = MARKDOWN.sub(r"\\\1", " ".join(str(value).split()))
    return Markup(text)  # noqa: S704 - it has just been escaped
