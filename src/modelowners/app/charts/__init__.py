"""Charts: pure drawings of values; SVG for pages, mail and print, blocks for text."""
