"""Pages: one module a page; each has a template and Markdown and JSON twins."""
