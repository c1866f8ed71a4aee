"""`shell` in every template: what menu, top bar and footers show. Each part is worked out only where it is drawn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch
from django.utils.functional import cached_property
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from infra.db.prepared import Prepared
from infra.kit import addresses, gates
from infra.kit.access import may
from infra.kit.errors import Text
from infra.kit.registry import registry
from infra.kit.spec import NavEntry, QuickCreate, SettingsGroup, SettingsPage
from infra.live.clock import moment_of
from infra.ui import languages
from infra.ui.domain.menu import arranged, pinned_keys
from infra.ui.live_url import live_url
from infra.ui.models import Notification

UNREAD_SHOWN = 100
_UNREAD = Prepared(
    lambda person: (
        Notification.objects.filter(person_id=person, read_at=None).order_by().values_list("pk")[:UNREAD_SHOWN]
    )
)


@dataclass(frozen=True, kw_only=True)
class Link:
    """A line of a menu."""

    title: Text
    url: str
    icon: str = ""
    note: Text = ""
    current: bool = False
    key: str = ""
    pinned: bool = False
    waiting: int = 0

    @property
    def module(self) -> str:
        """Slug of the module whose entry this is."""
        return self.key.partition(".")[0]


def address(url_name: str) -> str:
    """The URL behind `url_name`, "" where the house has none; a ready address ("/crm/…") stays as it is."""
    if url_name.startswith("/"):
        return url_name
    try:
        return addresses.address(url_name)
    except NoReverseMatch:
        return ""


def open_to(actor: Any, entry: NavEntry | QuickCreate | SettingsPage) -> bool:
    """Whether `actor` may use what `entry` leads to, and the portal's plan has it."""
    if entry.permission is not None and not may(actor, entry.permission):
        return False
    feature = getattr(entry, "feature", None)
    return not feature or gates.has(feature)


class Shell:
    """The frame around a page, for one request."""

    def __init__(self, request: HttpRequest, path: str = "") -> None:
        self._request = request
        # Of the page that the frame is around; a page whose address tells nothing says itself where it belongs.
        self.path = path or getattr(request, "menu_path", request.path)
        self._portal = getattr(request, "portal", None)

    @property
    def _user(self) -> Any:
        return getattr(self._request, "user", None)

    @cached_property
    def _inside(self) -> bool:
        return self._portal is not None and getattr(self._user, "is_authenticated", False)

    @property
    def portal_name(self) -> str:
        """The company's name, "" off a portal."""
        return self._portal.name if self._portal is not None else ""

    @cached_property
    def nav(self) -> list[Link]:
        """The modules this person uses, in the order they chose."""
        if not self._inside:
            return []
        entries = [entry for entry in registry.nav_here() if open_to(self._user, entry)]
        return list(self._links(arranged(self._user, entries)))

    def _links(self, entries: list[NavEntry]) -> Iterator[Link]:
        found = [(entry, url) for entry in entries if (url := address(entry.url_name))]
        here = "" if self.is_personal else self._nearest([url for _entry, url in found])
        if any(self.path.startswith(url) for url in self._outside(entries)):  # of an entry that is not in the menu
            here = ""
        if len(here) <= len(self._settings_here):  # a page under the settings belongs to them, not to its room
            here = ""
        pinned, waiting = pinned_keys(self._user), self._waiting
        for entry, url in found:
            yield Link(
                title=entry.title,
                url=url,
                icon=entry.icon,
                current=bool(here) and url == here,
                key=entry.key,
                pinned=entry.key in pinned,
                waiting=waiting.get(entry.key, 0),
            )

    @cached_property
    def _waiting(self) -> dict[str, int]:
        """How much waits behind the entries of the menu, by key."""
        found: dict[str, int] = {}
        for spec in registry.modules.values():
            if spec.badges:
                found |= import_string(spec.badges)(self._user)
        return found

    def _outside(self, entries: list[NavEntry]) -> list[str]:
        return [address(entry.url_name) for entry in registry.nav_here() if not entry.shown and entry not in entries]

    def _nearest(self, urls: list[str]) -> str:
        """Which of the menu's addresses this page belongs to, "" for none."""
        here = max((url for url in urls if self.path.startswith(url)), key=len, default="")
        if not here and (module := self.path.split("/")[1]):  # another page of a module: its first entry
            here = next((url for url in urls if url.startswith(f"/{module}/")), "")
        return here

    @property
    def pinned(self) -> list[Link]:
        """Entries the person keeps on top."""
        return [link for link in self.nav if link.pinned]

    @property
    def unpinned(self) -> list[Link]:
        """The others."""
        return [link for link in self.nav if not link.pinned]

    @cached_property
    def quick_creates(self) -> list[Link]:
        """The + menu."""
        if not self._inside:
            return []
        return [
            Link(title=entry.title, url=url, icon=entry.icon)
            for entry in registry.quick_creates_here()
            if open_to(self._user, entry) and (url := address(entry.url_name))
        ]

    @cached_property
    def settings_groups(self) -> list[tuple[SettingsGroup, list[Link]]]:
        """Pages of the portal's settings open to this person, under their headings."""
        if not self._inside:
            return []
        found: dict[SettingsGroup, list[Link]] = {group: [] for group in SettingsGroup}
        for entry in registry.settings_pages:
            if open_to(self._user, entry) and (url := address(entry.url_name)):
                here = self.path == url
                found[entry.group].append(
                    Link(title=entry.title, url=url, icon=entry.icon, note=entry.note, current=here)
                )
        return [(group, links) for group, links in found.items() if links]

    @cached_property
    def settings_pages(self) -> list[Link]:
        """The same without headings."""
        return [link for _group, links in self.settings_groups for link in links]

    @property
    def settings_url(self) -> str:
        """Where the settings begin, "" for people without any."""
        return address("ui:settings") if self.settings_pages else ""

    @property
    def in_settings(self) -> bool:
        """Whether this page is one of the settings."""
        if self.path.startswith("/settings/"):
            return True
        return bool(self._settings_here) and not any(link.current for link in self.nav)

    @cached_property
    def _settings_here(self) -> str:
        """The address of the settings' page that this one is, or lies under; "" for none."""
        return max((link.url for link in self.settings_pages if self.path.startswith(link.url)), key=len, default="")

    @property
    def is_settings_page(self) -> bool:
        """Whether the settings list this very page."""
        return any(link.current for link in self.settings_pages)

    @property
    def is_personal(self) -> bool:
        """Whether this page is one of the person's own."""
        return any(self.path == link.url for link in self.person_links)

    @cached_property
    def unread(self) -> int:
        """Unread notifications, counted up to 100."""
        if not self._inside:
            return 0
        return len(_UNREAD.rows(self._user.pk))

    @cached_property
    def notices(self) -> list[dict[str, Any]]:
        """Lines above every page: the portal may only be read, a trial ends."""
        if not self._inside:
            return []
        from infra.ui.notices import notices_for

        return notices_for(self._request)

    @cached_property
    def person_links(self) -> list[Link]:
        """The person's own pages."""
        wanted = (
            ("me", _("My profile"), "people:me", "user"),
            ("preferences", _("Language and look"), "account_preferences", "language"),
            ("two_step", _("Sign-in and security"), "mfa_index", "shield-lock"),
            ("email", _("E-mail"), "account_email", "mail"),
            ("sessions", _("Devices"), "usersessions_list", "devices"),
        )
        return [
            Link(key=key, title=title, url=url, icon=icon)
            for key, title, name, icon in wanted
            if (url := address(name))
        ]

    @property
    def person_menu(self) -> list[Link]:
        """Those of them that the menu with one's picture offers; the others are tabs beside these."""
        return [link for link in self.person_links if link.key != "email"]

    @property
    def is_support(self) -> bool:
        """Whether somebody of the service looks in: what is the account's own person's alone is not shown to them."""
        return bool(getattr(self._user, "is_support", False))

    @property
    def preferences_url(self) -> str:
        """Where language, zone and look are chosen."""
        return address("account_preferences")

    @property
    def logo_url(self) -> str:
        """The company's picture; "" where it shows its initial. The name of the file is new with every picture."""
        key = getattr(self._portal, "logo_key", "")
        return f"{address('portals:logo')}?{key.rpartition('/')[2][:12]}" if key else ""

    @property
    def theme(self) -> str:
        """auto, light or dark."""
        return getattr(self._user, "theme", "") or "auto"

    @property
    def themes(self) -> list[tuple[str, str, str]]:
        """Choices of the look: value, title, icon."""
        return [
            ("auto", _("As on this device"), "device-desktop"),
            ("light", _("Light"), "sun"),
            ("dark", _("Dark"), "moon"),
        ]

    @property
    def languages(self) -> list[tuple[str, str]]:
        """Languages on offer."""
        return languages.offered()

    @property
    def language_url(self) -> str:
        """Where the choice of a language is posted."""
        return address("ui:language") if self._portal is not None else address("language")

    @property
    def live_url(self) -> str:
        """The gateway's socket."""
        return live_url(self._request)

    @property
    def live_since(self) -> str:
        """When the page was begun, in ms of the gateway's clock: what happened since is sent as soon as it listens."""
        begun = getattr(self._request, "begun_at", None)
        moment = moment_of(begun) if begun is not None else None
        return "" if moment is None else str(moment)

    @property
    def live_groups(self) -> str:
        """What every page listens to."""
        return f"user:{self._user.pk} portal"

    @property
    def session_url(self) -> str:
        """Tells scripts whether the session still lives, with a fresh form token."""
        return address("ui:session") if self._inside else ""

    @property
    def sign_in_url(self) -> str:
        """The sign-in page."""
        return settings.LOGIN_URL

    @property
    def sign_out_url(self) -> str:
        """Where signing out is posted."""
        return address("account_logout")

    @property
    def service_url(self) -> str:
        """The service's page that mails a person the list of their portals."""
        return f"{settings.PUBLIC_SCHEME}://{settings.BASE_DOMAIN}{settings.PUBLIC_PORT}/find/"


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor."""
    return {"shell": Shell(request), "LANGUAGE_CODE": getattr(request, "LANGUAGE_CODE", settings.LANGUAGE_CODE)}
