"""The page of one model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException

from modelowners.app.views.model import show_model
from modelowners.core.ids import AssetId
from modelowners.server.answering import Leaf, give, site_of, split

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response


def model(request: Request) -> Response:
    """
    Give one model's page.

    Raises
    ------
    HTTPException
        404 if no such model is declared.
    """
    site = site_of(request)
    program = site.program()
    asked = request.path_params["name"]
    known = set(program.catalog.models())
    # A model's own name may end like a twin's: the whole name comes first.
    name, suffix = (asked, "") if f"model:{asked}" in known else split(asked)
    asset = AssetId(f"model:{name}")
    if asset not in known:
        raise HTTPException(404, f'No model "{asked}" is declared.')
    page = show_model(program, site.readings, asset)
    leaf = Leaf(
        name="model",
        section="fleet",
        title=page.name,
        tone=page.standing.tone,
        page=page,
        path=f"/models/{name}",
    )
    return give(request, leaf, suffix=suffix)
