from __future__ import annotations

import dataclasses

import pytest

from modelowners.app.revisions import Revision
from modelowners.core.time import EPOCH


def test_a_revision_does_not_change() -> None:
    revision = Revision("sha256:1", None, EPOCH, EPOCH)
    with pytest.raises(dataclasses.FrozenInstanceError):
        revision.commit = "c"  # type: ignore[misc]  # that is what is tested
