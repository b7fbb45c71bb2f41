from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelowners.ledger.libraries import requirements


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("NumPy==2.1", {"numpy": "==2.1"}),
        ("scikit-learn >= 1.7, <2", {"scikit-learn": ">= 1.7, <2"}),
        ("uvicorn[standard]~=0.40", {"uvicorn": "~=0.40"}),
        ("plain", {"plain": ""}),
        ("a==1 --hash=sha256:0", {"a": "==1"}),
        ("a==1 \\", {"a": "==1"}),
        ("    --hash=sha256:0", {}),
        ("-r other.txt", {}),
        ("git+https://x/y@z", {}),
        ("./local", {}),
        ("# a==1", {}),
        ("", {}),
    ],
)
def test_lines(line: str, expected: dict[str, str]) -> None:
    assert dict(requirements(line)) == expected


@given(st.text(max_size=200))
def test_no_text_breaks_it(text: str) -> None:
    for name, version in requirements(text):
        assert name == name.lower()
        assert "\n" not in version
