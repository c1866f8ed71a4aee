"""Cache keys carry the schema, on every alias (promise 9)."""

from infra.db.current import schema_of_work


def key(name: str, prefix: str, version: int) -> str:
    """KEY_FUNCTION of all caches: `<schema>:<prefix>:<version>:<name>`; the schema is that of the work at hand, now."""
    return f"{schema_of_work()}:{prefix}:{version}:{name}"
