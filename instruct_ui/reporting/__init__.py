"""Reports as figures, tables and downloads: plain dicts and strings, nothing of the page."""
