"""
The one tree of errors.

::

    ModelownersError
    ├── InputError            something a person wrote or pointed at is wrong
    │   ├── BadAssetId
    │   ├── BadTime
    │   └── BadFacet          a place in the ownership file
    ├── StateError            the state database cannot be used
    └── MissingExtra          an optional dependency is not installed

Each package adds its own leaves below these. A class's docstring is its
message; what varies is a keyword-only detail filled in by ``str``.
"""

from __future__ import annotations

import inspect


class ModelownersError(Exception):
    """Something went wrong."""

    def __init__(self, **details: object) -> None:
        super().__init__()
        self.details = details

    def __getattr__(self, name: str) -> object:
        """
        Give a detail by its name, so that callers can branch on it.

        Raises
        ------
        AttributeError
            If there is no such detail.
        """
        try:
            return self.__dict__["details"][name]
        except KeyError:
            raise AttributeError(name) from None

    def __str__(self) -> str:
        message = inspect.cleandoc(type(self).__doc__ or type(self).__name__)
        prose = message.partition("\n\nParameters\n---")[0]
        told = " ".join(prose.split()).format_map(self.details)
        # A detail may bring its own closing mark.
        return told[:-1] if told.endswith(("..", "?.", "!.")) else told

    def __reduce__(self) -> tuple[object, ...]:
        """Keep the details across processes."""
        return (_rebuild, (type(self), self.details))


def _rebuild(
    kind: type[ModelownersError], details: dict[str, object]
) -> ModelownersError:
    return kind(**details)


class InputError(ModelownersError):
    """{what}."""


class BadAssetId(InputError):
    """Expected an asset id such as "model:churn", found "{found}": {why}."""


class BadTime(InputError):
    """
    Cannot read "{found}" as {expected}.

    Write an ISO date or instant such as 2026-06-01 or 2026-06-01T12:00Z.
    """


class BadFacet(InputError):
    """{place} {code} {what}."""


class StateError(ModelownersError):
    """The state at {place} cannot be used: {why}. {remedy}."""


class MissingExtra(ModelownersError):
    """The optional "{extra}" is needed: pip install 'modelowners[{extra}]'."""
