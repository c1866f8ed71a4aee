"""What `make screens` sets out to picture."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings

from saas.checks import routes
from saas.demo import DEMO
from saas.screens.camera import DESKTOP, Camera
from saas.screens.extremes import BARE, FROZEN, LONG
from saas.screens.left_out import TOLD
from saas.screens.scenes import scenes
from saas.screens.surface import Surface


def test_scenes_are_told_apart_and_play_on_surfaces_that_exist() -> None:
    found = [(scene.surface, scene.name) for scene in scenes()]
    assert len(found) == len(set(found))
    assert {surface for surface, _name in found} == {"portal", "operator", "gate", "service", BARE, LONG, FROZEN}
    assert all(scene.looks for scene in scenes())


@pytest.mark.parametrize(
    ("surface", "wanted", "left"),
    [
        (Surface("portal", "http://x", settings.ROOT_URLCONF, "a@b.example"), "/people/", "/account/login/"),
        (Surface("gate", "http://x", settings.ROOT_URLCONF), "/account/login/", "/people/"),
        (Surface("service", "http://x", settings.PUBLIC_SCHEMA_URLCONF), "/pricing/", "/people/"),
        (Surface("operator", "http://x", settings.ROOT_URLCONF, "a@b.example", "/operator/"), "/operator/", "/people/"),
    ],
)
def test_a_surface_begins_with_its_own_pages_that_need_no_argument(surface: Surface, wanted: str, left: str) -> None:
    starts = set(surface.starts(""))
    assert wanted in starts
    assert left not in starts
    assert [path for path in starts if "<" in path or "(?P" in path] == []


def test_a_page_without_a_picture_is_a_fault_unless_its_reason_is_told() -> None:
    surface = Surface("portal", "http://x", settings.ROOT_URLCONF, "a@b.example")
    other = Surface("operator", "http://x", settings.ROOT_URLCONF, "a@b.example", pages={"operator/": "/operator/"})
    surface.left_out.update(
        {
            "crm/leads/": "no page links to one",
            "people/": "answers 404",
            "operator/": "answers 403",
            "palette/": "a part of a page, or a file",
            "people/security/": "leads on to account/two-step/",
            "session/": "answers 204",
        }
    )
    assert list(surface.lacking(["http://x/people/"], [other])) == [
        ("crm/leads/", "no page links to one", True),
        ("palette/", "a part of a page, or a file", False),
        ("people/security/", "leads on to account/two-step/", False),
        ("session/", "for programs", False),
    ]


def test_every_told_reason_is_about_a_page_that_exists() -> None:
    confs = (settings.ROOT_URLCONF, settings.PUBLIC_SCHEMA_URLCONF, settings.SITES_URLCONF)
    known = {route.path.removeprefix("/") for conf in confs for route in routes(conf)}
    assert set(TOLD) - known == set()


def test_a_fault_is_kept_once(tmp_path: Path) -> None:
    camera = Camera(tmp_path, lambda line: None)
    for _again in range(2):
        camera.fault(f"http://{DEMO}/", DESKTOP, "5 px wider than the screen")
    assert camera.faults == [f"http://{DEMO}/ (desktop): 5 px wider than the screen"]
