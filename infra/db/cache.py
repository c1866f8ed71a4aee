"""Cache keys carry the schema, on every alias (promise 9)."""

from infra.db.connections import wire


def key(name: str, prefix: str, version: int) -> str:
    """KEY_FUNCTION of all caches: `<schema>:<prefix>:<version>:<name>`; the schema is this thread's, now."""
    return f"{wire().schema_name}:{prefix}:{version}:{name}"
