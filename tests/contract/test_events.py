from __future__ import annotations

from typing import TYPE_CHECKING

from canary.core.model import Note

if TYPE_CHECKING:
    from .worlds import World


def test_what_is_told_is_found_on_the_release(world: World) -> None:
    release = world.release()
    world.events.emit(release, Note("Advanced", "from 0 % to 10 %"))
    world.events.emit(release, Note("RolledBack", "errors", warning=True))
    assert set(world.told(release)) == {"from 0 % to 10 %", "errors"}
