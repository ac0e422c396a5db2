"""Alembic's folder: one file in `versions` for each change of the tables, never edited once released.

They are written by hand, for both databases; a test names every difference to `dashboard.database.tables`.
"""
