"""Documents: the templates of pages that stand alone in one file."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup


@cache
def template(name: str) -> Template:
    """
    Give a template: texts are escaped, drawings are not, and no name may be missing.

    Examples
    --------
    >>> template("report.html").name
    'report.html'
    """
    environment = Environment(
        loader=PackageLoader("modelowners.app", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["drawing"] = trusted
    return environment.get_template(name)


def trusted(svg: str) -> Markup:
    """Let a drawing through: `app.charts` has escaped every text in it."""
    return Markup(svg)  # noqa: S704 - svg comes from app.charts only
