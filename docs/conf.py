"""How Sphinx builds the documentation."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

project = "modelowners"
author = "The modelowners authors"
copyright = author
version = release = PROJECT["project"]["version"]

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
root_doc = "index"
nitpicky = True
highlight_language = "text"
myst_heading_anchors = 3

html_theme = "furo"
html_title = f"modelowners {release}"
html_copy_source = False
html_show_sphinx = False
