"""Alembic's entry: one connection as the migrator, every object owned by `app_owner`, short lock waits."""

from alembic import context
from sqlalchemy import create_engine, pool, text

from tenants.orm import Base


def run() -> None:
    engine = create_engine(context.config.attributes["url"], poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(
            connection=connection, target_metadata=Base.metadata, include_schemas=True, version_table_schema="platform"
        )
        with context.begin_transaction():
            connection.execute(text("SET LOCAL lock_timeout = '4s'"))
            connection.execute(text("SET LOCAL ROLE app_owner"))
            connection.execute(text("SELECT pg_advisory_xact_lock(7305602)"))
            context.run_migrations()


run()
