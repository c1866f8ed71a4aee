"""Every page of the kit, opened as a person opens it."""

import json

import pytest

from infra.ui.models import SavedView

PAGES = (
    "/",
    "/more/",
    "/menu/",
    "/settings/",
    "/preferences/",
    "/notifications/",
    "/palette/?q=sta",
    "/kit/",
    "/kit/things/",
    "/kit/board/",
    "/kit/things/add/",
    "/start/arrange/",
)


@pytest.mark.parametrize("path", PAGES)
def test_page_opens_for_a_person_and_leads_others_to_sign_in(as_, anonymous, alice, acme, path):
    assert as_(alice).get(path).status_code == 200
    answer = anonymous(acme).get(path)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/account/login/?next=")


def test_after_a_change_the_panel_the_page_or_the_plain_browser_is_answered_in_its_own_way(as_, alice, portal):
    row = SavedView.objects.create(screen="new", name="One", author_id=alice.pk)
    path, data = f"/kit/things/{row.pk}/", {"name": "Two", "stage": "new"}
    client = as_(alice)
    inside = client.post(path, data, headers={"HX-Request": "true", "UI-Panel": "1"})
    assert inside.status_code == 204
    assert json.loads(inside.headers["HX-Trigger"]) == {
        "panel-refresh": True,
        "toasts": {"items": [{"text": "Saved.", "tone": "success", "undo": ""}]},
    }
    page = client.post(path, data, headers={"HX-Request": "true"})
    assert (page.status_code, page.headers["HX-Refresh"]) == (204, "true")
    assert "HX-Trigger" not in page.headers
    assert "Saved." in client.get(path).content.decode()
    assert client.post(path, data).headers["Location"] == path
    wrong = client.post(path, {"name": "", "stage": "new"}, headers={"HX-Request": "true", "UI-Panel": "1"})
    assert wrong.status_code == 422
    row.refresh_from_db()
    assert row.name == "Two"
