"""Every ready site is complete in both languages, and publishes as it is."""

import pytest
from django.test import Client

from infra.kit.access import SYSTEM
from infra.kit.errors import Invalid
from modules.sites.domain import seo, site_templates
from modules.sites.domain.fields import asked
from modules.sites.domain.form import design_of
from modules.sites.domain.publishing import publish_site
from modules.sites.domain.site import create_site
from modules.sites.domain.vocabulary import clean_page
from modules.sites.models import PageKind, Site
from tenants.portals.models import Portal
from tests.factories import site as sites


@pytest.mark.parametrize("language", site_templates.LANGUAGES)
@pytest.mark.parametrize("key", site_templates.ORDER)
def test_a_template_becomes_a_published_site(portal: Portal, key: str, language: str) -> None:
    site = create_site(actor=SYSTEM, name="Northwind", slug=f"t-{key}", language=language, template=key)
    publish_site(actor=SYSTEM, site=site)

    visitor: Client = sites.visitor(site)
    for page in site.pages.filter(kind=PageKind.PAGE):
        answer = visitor.get(f"/{page.path}")
        html = answer.content.decode()
        assert answer.status_code == 200
        assert clean_page(page.html) == page.html
        assert len(answer.content) < 60_000
        assert "{'en'" not in html
        assert html.count("><svg ") == page.html.count('data-part="icon"')
        assert html.count("<h1") == 1
        assert all(visitor.get(source).status_code == 200 for source in set(_sources(html)))
        title = f"{page.title} {site.name}"
        remarks = seo.checklist(
            title=title, description=page.description, html=page.html, share_image="x", hidden=False
        )
        weak = {row.key for row in remarks if not row.good}
        assert weak <= {"words", "goal", "description"}, (page.path, weak)
    assert site.forms.get().public_id in visitor.get("/").content.decode()
    assert f'<html lang="{language}"' in visitor.get("/").content.decode()


@pytest.mark.parametrize("language", site_templates.LANGUAGES)
def test_a_ready_form_asks_in_steps_and_only_what_concerns_the_visitor(portal: Portal, language: str) -> None:
    site = create_site(actor=SYSTEM, name="Northwind", slug="t-steps", language=language, template="builder")
    fields = design_of(site.forms.get()).fields
    what, made_of = (item for item in fields if item.kind == "choice")

    shown = [[item.key for item in fields if asked(item, {what.key: option})] for option in what.options]

    assert [item.kind for item in fields].count("step") == 2
    assert [made_of.key in keys for keys in shown] == [False, False, True]


def test_there_are_twelve_and_no_other_is_known(portal: Portal) -> None:
    assert len(site_templates.offered("ru")) == 12
    with pytest.raises(Invalid):
        create_site(actor=SYSTEM, name="X", slug="t-x", language="en", template="../x")
    assert not Site.objects.filter(slug="t-x").exists()


def _sources(html: str) -> list[str]:
    return [part.split('"')[0] for part in html.split('src="')[1:]]
