"""What Alembic runs; the connection and its transaction are those of `dashboard.database.migrate`."""

from alembic import context

from dashboard.database.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
context.run_migrations()
