from __future__ import annotations

import pytest
from jinja2 import TemplateNotFound, UndefinedError

from modelowners.app.documents import template, trusted


@pytest.mark.parametrize("name", ["report.html", "speed.html"])
def test_a_page_without_what_it_shows_is_refused(name: str) -> None:
    with pytest.raises(UndefinedError, match="page"):
        template(name).render()


def test_texts_are_escaped_and_drawings_are_not() -> None:
    given = {"text": "<b>", "svg": "<svg/>"}
    made = template("report.html").environment.from_string(
        "{{ text }} {{ svg | drawing }}"
    )
    assert made.render(given) == "&lt;b&gt; <svg/>"
    assert trusted("<svg/>") == "<svg/>"


def test_there_is_no_other() -> None:
    with pytest.raises(TemplateNotFound):
        template("nothing.html")
