from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from infra.db.models import PortalModel, Versioned
from modules.sites.models.site import Site

PATH = r"([a-z0-9]+(-[a-z0-9]+)*)?"


class PageKind(models.TextChoices):
    """What a page is for: an address of its own, the page for wrong addresses, what stands on every page, or another
    version of a page that is compared with it."""

    PAGE = "page", _("Page")
    MISSING = "missing", _("Page for wrong addresses")
    HEADER = "header", _("Header")
    FOOTER = "footer", _("Footer")
    RIVAL = "rival", _("Version B")


class Page(Versioned):
    """A page of a site as its editors see it. `html` is written in the words of `domain.vocabulary`.

    `bare` pages go without the site's header and footer; pages that translate the same page name it in
    `translation_of`. A rival is the second version of `rival_of`, shown to half of the visitors. Who has the editor
    open holds the page until `held_until` by the random `held_token` of the tab.
    """

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="pages", db_index=False)
    kind = models.CharField(max_length=8, choices=PageKind.choices, default=PageKind.PAGE)
    title = models.CharField(pgettext_lazy("of a page", "title"), max_length=120)
    path = models.CharField(_("path"), max_length=60, blank=True, default="")
    description = models.CharField(_("description for search engines"), max_length=300, blank=True, default="")
    html = models.TextField(blank=True, default="")
    in_menu = models.BooleanField(_("shown in the menu"), default=True)
    menu_title = models.CharField(_("name in the menu"), max_length=40, blank=True, default="")
    hidden = models.BooleanField(_("hidden from search engines"), default=False)
    draft = models.BooleanField(_("draft: left out when the site is published"), default=False)
    bare = models.BooleanField(_("without the header and footer of the site"), default=False)
    language = models.CharField(
        _("language, where it is another than the site's"), max_length=8, blank=True, default=""
    )
    translation_of = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="translations", db_index=False
    )
    rival_of = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.CASCADE, related_name="rival", editable=False
    )
    share_image = models.CharField(max_length=40, blank=True, default="")
    position = models.PositiveSmallIntegerField(default=0)
    held_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    held_token = models.CharField(max_length=32, blank=True, default="")
    held_until = models.DateTimeField(null=True, blank=True)

    class Meta(Versioned.Meta):
        abstract = False
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["site", "path"], condition=models.Q(kind=PageKind.PAGE), name="page_address"
            ),
            models.UniqueConstraint(
                fields=["site", "kind"],
                condition=~models.Q(kind__in=[PageKind.PAGE, PageKind.RIVAL]),
                name="page_one_of_kind",
            ),
            models.CheckConstraint(
                condition=models.Q(kind=PageKind.RIVAL, rival_of__isnull=False)
                | (~models.Q(kind=PageKind.RIVAL) & models.Q(rival_of__isnull=True)),
                name="page_rival_of",
            ),
            models.CheckConstraint(condition=models.Q(path__regex=rf"^{PATH}$"), name="page_path_form"),
        ]

    def __str__(self) -> str:
        return self.title


class PageVersion(PortalModel):
    """A page as it was saved at some moment, to look at and to bring back."""

    page = models.ForeignKey(Page, on_delete=models.CASCADE, related_name="versions", db_index=False)
    html = models.TextField()
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    saved_at = models.DateTimeField()

    class Meta(PortalModel.Meta):
        abstract = False
        indexes = [models.Index(fields=["page", "-id"], name="page_version_newest")]

    def __str__(self) -> str:
        return f"{self.page_id} {self.saved_at:%Y-%m-%d %H:%M}"
