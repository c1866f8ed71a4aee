"""Every language that is offered is complete: no text of the house is missing, doubtful or damaged in it,
or would be replaced by what another room says for the same English."""

import pytest
from babel.messages.catalog import Catalog
from django.conf import settings

from infra.ui.translations.catalogs import faults
from infra.ui.translations.collisions import collisions
from infra.ui.translations.extraction import gather

LANGUAGES = [code for code in settings.LANGUAGES_OFFERED if code != "en"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_offered_language_is_complete(language):
    assert faults(language) == []


def test_russian_is_offered_and_texts_are_found_everywhere():
    found = gather()
    assert "ru" in settings.LANGUAGES_OFFERED
    assert {"infra.ui", "infra.kit", "modules.crm", "modules.sites", "tenants.people"} <= {
        home for home, messages in found.items() if messages
    }
    texts = {message.text for message in found["infra.ui"]}
    assert {"Read-only", "Skip to the content", "Open in a new tab"} <= texts  # Python, template, attribute


def _catalog(*entries):
    catalog = Catalog(locale="ru")
    for text, string, context in entries:
        catalog.add(text, string, context=context)
    return catalog


def test_one_english_text_in_two_russian_ways_is_refused_and_a_context_tells_them_apart():
    crm = _catalog(("Ring", "Звонок", None), ("Keep it", "Сохранить", None))
    clash = {"modules.crm": crm, "modules.sites": _catalog(("Ring", "Позвонить", None), ("Keep it", "Сохранить", None))}
    said = (
        "collision: 'Ring' is 'Звонок' in modules.crm but 'Позвонить' in modules.sites: one replaces the other"
        " everywhere. Write the same text in all of them, or give the rarer meaning a context of its own in the"
        " code (pgettext, {% translate … context … %}) and run messages update."
    )
    assert collisions("ru", clash) == collisions("ru", clash, "modules.sites") == [said]
    assert collisions("ru", clash, "infra.ui") == []
    assert collisions("ru", {"modules.crm": crm, "modules.sites": _catalog(("Ring", "Позвонить", "to ring up"))}) == []
    assert collisions("ru", {"modules.crm": crm, "modules.sites": _catalog(("Ring", "", None))}) == []


def test_plural_forms_and_contexts_collide_too():
    days = ("%(n)s day", "%(n)s days")
    one, other = ("%(n)s день", "%(n)s дня", "%(n)s дней"), ("%(n)s сутки", "%(n)s суток", "%(n)s суток")
    (line,) = collisions("ru", {"billing": _catalog((days, one, "term")), "infra.api": _catalog((days, other, "term"))})
    assert line.startswith("collision: '%(n)s day' in the context 'term' is '%(n)s день | %(n)s дня | %(n)s дней' in")


def test_what_a_library_says_before_the_room_is_refused():
    (line,) = collisions("ru", {"modules.crm": _catalog(("Password reset", "Пароль сброшен", None))})
    assert line.startswith(
        "modules.crm: collision: 'Password reset' is 'Пароль сброшен' here, but django.contrib.auth, installed before,"
        " says 'Восстановление пароля' and is what everybody sees."
    )
    said = _catalog(("Password reset", "Восстановление пароля", None), ("Password reset", "Пароль сброшен", "done"))
    assert collisions("ru", {"modules.crm": said}) == []
