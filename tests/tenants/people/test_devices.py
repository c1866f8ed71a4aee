"""Which device a person is signed in on, in words they know."""

from __future__ import annotations

import re

import pytest

from tenants.people.domain.device import device_of
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.support.portals import PASSWORD
from tests.tenants.people.test_sign_in import Browser, sign_in

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
)
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.5 Mobile/15E148 Safari/604.1"
)
MAC = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 "
    "Safari/605.1.15"
)


@pytest.mark.parametrize(
    ("header", "name", "icon"),
    [
        (CHROME, "Chrome on Windows 10", "device-desktop"),
        (PHONE, "Safari on iPhone (iOS 17)", "device-mobile"),
        (PHONE.replace("iPhone;", "iPad;").replace("iPhone OS", "OS"), "Safari on iPad (iOS 17)", "device-tablet"),
        (MAC, "Safari on macOS", "device-desktop"),
        ("curl/8.1", "curl", "terminal-2"),
        ("", "Unknown browser", "device-desktop"),
        ("\x00" * 5000, "Unknown browser", "device-desktop"),
    ],
)
def test_a_browser_is_named_as_people_name_it(header: str, name: str, icon: str) -> None:
    device = device_of(header)
    assert (device.name, device.icon) == (name, icon)


def test_the_list_of_devices_tells_this_one_from_the_others(acme: Portal, bob: User, anonymous: Browser) -> None:
    there, here = anonymous(acme), anonymous(acme)
    for client, agent in ((there, PHONE), (here, CHROME)):
        sign_in(client, bob.email, PASSWORD, HTTP_USER_AGENT=agent)
    html = here.get("/account/sessions/").content.decode()
    assert html.count("This device") == html.count("Active now") == 1
    assert html.index("Chrome on Windows 10") < html.index("Safari on iPhone (iOS 17)")
    assert "Mozilla" not in html
    (other,) = re.findall(r'name="session" value="(\d+)"', html)
    here.post("/account/sessions/", {"session": other})
    assert [client.get("/people/me/").status_code for client in (there, here)] == [302, 200]
