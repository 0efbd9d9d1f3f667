"""The catalogue is what the registry and the measurements say."""

from __future__ import annotations

import pytest

from synthctx.tasks import TASKS, get_task
from tests.generators.tasks_page import LEARNED, PAGE, measured, page


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run make docs"


@pytest.mark.parametrize("name", TASKS.names())
def test_every_test_has_its_line(name: str) -> None:
    task = get_task(name)
    assert task.scope, "how much evidence?"
    assert task.diffusion, "how hard to find?"
    reached = measured().get(f"{name} {task.version}")
    assert reached is not None, "run make catalogue"
    learned = LEARNED if task.demonstrations is not None else ()
    assert set(reached) == {"retrieval", "window", "samples", *learned}
    assert all(0 <= reached[name] <= 1 for name in ("retrieval", "window", *learned))
