"""Alembic's entry: runs a room's revisions on the connection that `chassis.database` opened."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], transactional_ddl=True)
context.run_migrations()
