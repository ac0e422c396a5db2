"""Where people, their requests and the audit trail are kept: SQLite by default, PostgreSQL by its URL.

`base` says how tables are written down, `engine` how they are reached, `migrate` how they come to be.
What is stored belongs to `dashboard.accounts` and `dashboard.orders`.
"""
