"""Somebody of the operator, for verbs that only the console may call."""

from infra.kit.spec import Scope


class Console:
    """An actor who may everything; without an account, so no second factor is asked of it."""

    id: int | None = None
    display_name = "Operator"
    is_active = True

    def scope(self, permission: str) -> Scope:
        return Scope.ALL

    def department_ids(self) -> frozenset[int]:
        return frozenset()

    def branch_ids(self) -> frozenset[int]:
        return frozenset()
