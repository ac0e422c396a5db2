"""Measurements of this project's own promises; each folder is one `make bench-...`."""
