"""Base models of everything that lives inside a portal."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, Self, TypeVar

from django.db import models
from django.db.models.query import RawQuerySet

from infra.db.connections import DEFAULT, PUBLIC, wire
from infra.db.errors import NoPortal, WrongSchema

Row = TypeVar("Row", bound=models.Model, covariant=True)


def schema_of(row: models.Model) -> str | None:
    """The schema `row` was loaded from or saved to; None while it is new."""
    return getattr(row._state, "schema", None)


def stamp(row: models.Model, schema: str | None) -> None:
    """Note that `row` is one of `schema`."""
    row._state.schema = schema  # type: ignore[attr-defined]  # ours (promise 8)


def check_schema(row: models.Model) -> None:
    """Raises NoPortal on public, WrongSchema where `row` belongs to another schema than the one that is entered."""
    _check(DEFAULT, schema_of(row), row)


def _check(using: str, made_in: str | None, what: object) -> str:
    """The connection's schema. Raises NoPortal on public, WrongSchema when it is not `made_in`."""
    schema = wire(using).schema_name
    if schema == PUBLIC:
        raise NoPortal
    if made_in is not None and made_in != schema:
        raise WrongSchema(made_in=made_in, used_in=schema, what=type(what).__name__)
    return schema


class PortalQuerySet(models.QuerySet[Row]):
    """A queryset that belongs to the portal it was made in (promise 8).

    Made outside of any portal (a form's class body, say) it belongs to nobody until it is copied or evaluated inside
    one. Evaluating it elsewhere raises WrongSchema, outside of any portal NoPortal (promise 2).
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        schema = wire(self._alias).schema_name
        self._schema: str | None = None if schema == PUBLIC else schema

    def _clone(self) -> Self:
        clone = super()._clone()  # type: ignore[misc]  # of QuerySet, beside which this is mixed in
        if self._schema is not None:
            clone._schema = self._schema
        return clone  # type: ignore[no-any-return]  # the same class

    @property
    def _alias(self) -> str:
        return self._db or DEFAULT  # type: ignore[attr-defined]  # of QuerySet

    @property
    def db(self) -> str:
        """The database alias; Django asks for it right before every statement, so the schema is checked here."""
        using = super().db
        self._belong(using)
        return using

    def _belong(self, using: str) -> None:
        instance = self._hints.get("instance")  # type: ignore[attr-defined]  # of QuerySet
        if isinstance(instance, models.Model):
            _check(using, schema_of(instance), self)
        self._schema = _check(using, self._schema, self)

    def _fetch_all(self) -> None:
        self._belong(self._alias)
        super()._fetch_all()

    def __getitem__(self, key: Any) -> Any:
        if self._result_cache is not None:
            self._belong(self._alias)
        return super().__getitem__(key)

    def raw(self, *args: Any, **kwargs: Any) -> RawQuerySet[Any]:
        self._belong(self._alias)
        return super().raw(*args, **kwargs)

    def bulk_create(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> list[Any]:
        rows = list(objs)
        for row in rows:
            _check(self.db, schema_of(row), row)
        created = super().bulk_create(rows, *args, **kwargs)
        for row in created:
            stamp(row, self._schema)
        return created

    def bulk_update(self, objs: Iterable[Any], fields: Iterable[str], batch_size: int | None = None) -> int:
        rows = list(objs)
        for row in rows:
            _check(self.db, schema_of(row), row)
        return super().bulk_update(rows, fields, batch_size)


PortalManager = models.Manager.from_queryset(PortalQuerySet)


class PortalModel(models.Model):
    """Base of all tables of a portal: a row is saved and deleted only in the schema it came from."""

    objects = PortalManager()

    class Meta:
        abstract = True
        base_manager_name = "objects"

    @classmethod
    def from_db(cls, db: str | None, field_names: Collection[str], values: Collection[Any], **kwargs: Any) -> Self:
        row = super().from_db(db, field_names, values, **kwargs)
        stamp(row, wire(db or DEFAULT).schema_name)
        return row

    def save_base(self, *args: Any, **kwargs: Any) -> None:
        schema = _check(kwargs.get("using") or DEFAULT, schema_of(self), self)
        super().save_base(*args, **kwargs)
        stamp(self, schema)

    def delete(self, using: str | None = None, keep_parents: bool = False) -> tuple[int, dict[str, int]]:
        _check(using or DEFAULT, schema_of(self), self)
        return super().delete(using, keep_parents)


class Versioned(PortalModel):
    """A row people edit side by side: `version` grows with every save and is the ETag of its API form."""

    version = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True
        base_manager_name = "objects"

    def save_base(self, *args: Any, **kwargs: Any) -> None:
        update_fields = kwargs.get("update_fields")
        self.version += 1
        if update_fields is not None:
            kwargs["update_fields"] = frozenset(update_fields) | {"version", "updated_at"}
        super().save_base(*args, **kwargs)
