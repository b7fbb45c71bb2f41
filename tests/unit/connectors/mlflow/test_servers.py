from __future__ import annotations

from pathlib import Path

import pytest

from modelowners.catalog.files import load
from modelowners.connectors.mlflow.servers import read_servers, servers
from modelowners.core.errors import BadFacet
from modelowners.core.facets import Node

CATALOG = """\
version: 1
people: {ana: {email: ana@acme.example}}
owns:
  model:churn: {owner: ana}
"""


@pytest.mark.parametrize(
    ("section", "why"),
    [
        ("{}", "needs url"),
        ("{url: ftp://x}", "http or https"),
        ('{url: "https://a:b@x"}', "without a password"),
        ("{url: https://x, token: hunter2}", "must not stand in the ownership file"),
        ("{url: https://x, user: ana}", "belong together"),
        ("{url: https://x, gap: 0}", "above 0"),
        ("{url: https://x, tokn: y}", "unknown key"),
        ("[{url: https://x}, {url: https://x}]", "a second server"),
    ],
)
def test_a_bad_section_is_refused_at_its_place(
    tmp_path: Path, section: str, why: str
) -> None:
    text = CATALOG + f"connectors:\n  mlflow: {section}\n"
    place = tmp_path / "modelowners.yaml"
    place.write_text(text)
    catalog = load(place)
    with pytest.raises(BadFacet, match=why) as refused:
        servers(catalog)
    assert "modelowners.yaml:6:" in str(refused.value)


def test_one_server_or_several() -> None:
    def entry(**values: str) -> Node:
        inner = {key: Node(value, "f", 3, 5) for key, value in values.items()}
        return Node(inner, "f", 3, 3)

    (one,) = read_servers(entry(url="http://127.0.0.1:5000"))
    assert one.instance == "127.0.0.1:5000"
    several = [entry(url="https://a"), entry(url="https://a", instance="b")]
    found = read_servers(Node([*several], "f", 3, 3))
    assert [server.instance for server in found] == ["a", "b"]
