"""What crosses the door of the people of a portal: events as frozen dataclasses."""

from dataclasses import dataclass

from infra.kit.events import Event


@dataclass(frozen=True, kw_only=True)
class PersonJoined(Event):
    """Somebody became a person of the portal: the first owner, or by an accepted invitation."""

    name = "people.person_joined"
    user_id: int
    kind: str


@dataclass(frozen=True, kw_only=True)
class PersonDeactivated(Event):
    """The person may no longer sign in; their seat is free."""

    name = "people.person_deactivated"
    user_id: int


@dataclass(frozen=True, kw_only=True)
class PersonReactivated(Event):
    """The person may sign in again and takes a seat again."""

    name = "people.person_reactivated"
    user_id: int


@dataclass(frozen=True, kw_only=True)
class RightsChanged(Event):
    """What these people may do has changed: their role, or the rights of it, or their department."""

    name = "people.rights_changed"
    user_ids: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class RoleCreated(Event):
    """A role was made. `within` is the role of its maker, whose limits it takes along; None where they have none to
    pass on: owners, administrators and the portal itself."""

    name = "people.role_created"
    role_id: int
    within: int | None
