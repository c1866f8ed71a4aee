"""A state to picture, and where it plays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from saas.screens.camera import Camera, Look
from saas.screens.surface import Surface

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@dataclass(frozen=True)
class Stage:
    """Where scenes play."""

    surfaces: list[Surface]

    def surface(self, name: str) -> Surface:
        """The host of that name. Raises StopIteration."""
        return next(surface for surface in self.surfaces if surface.name == name)


@dataclass(frozen=True)
class Scene:
    """`play` brings a page of the surface into the state to picture."""

    name: str
    surface: str
    play: Callable[[Page], None]
    looks: tuple[Look, ...]
    whole: bool = False

    def bind(self, stage: Stage, camera: Camera, look: Look) -> Callable[[Browser], None]:
        """The work of one browser: enter, play, take the picture. What goes wrong is kept as a fault."""

        def work(browser: Browser) -> None:
            from playwright.sync_api import Error

            surface = stage.surface(self.surface)
            context = look.context(browser, surface.url)
            page = context.new_page()
            camera.listen(page, look)
            try:
                surface.enter_again(page)
                self.play(page)
                camera.take(page, f"scene-{self.name}", look, whole=self.whole)
            except (Error, LookupError) as error:
                camera.fault(f"scene {self.name}", look, str(error).splitlines()[0])
            context.close()

        return work
