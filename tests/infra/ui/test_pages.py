"""Every page of the kit, opened as a person opens it."""

import pytest

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
