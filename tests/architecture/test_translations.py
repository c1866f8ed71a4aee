"""Every language that is offered is complete: no text of the house is missing, doubtful or damaged in it."""

import pytest
from django.conf import settings

from infra.ui.translations.catalogs import faults
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
