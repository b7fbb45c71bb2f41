"""Views: what each page shows, as frozen values; the same for HTML, Markdown, JSON."""
