"""Alembic's entry. The connection and the tables are handed in by `workflows.schema`; there is no alembic.ini."""

from typing import Any, Literal

from alembic import context

from workflows.storage.types import Json, UtcDateTime


def render_item(kind: str, item: Any, autogen_context: Any) -> str | Literal[False]:
    """Our own column types by their names, so that a revision reads as the tables do."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "UtcDateTime()"
    if kind == "type" and item is Json:
        return "Json"
    return False


config = context.config
connection = config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=config.attributes["metadata"],
    render_item=render_item,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
