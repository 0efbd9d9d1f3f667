"""What the tests of M4LE share: one sample, and the texts in it."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from synthctx.compose import Sample
from synthctx.tasks import TASKS
from tests.generators.samples import made

NAMES = [name for name in TASKS.names() if name.startswith("m4le/")]
SINGLE = [name for name in NAMES if "_single_" in name]
LANGUAGES = ("en", "zh")
KINDS = ["CLS+RET", "QA+RET", "RET", "SUM+RET", "NLI+RET", "QA", "TRAN+RET", "CLS+CNT"]
KINDS += ["CLS", "SUM", "TRAN"]
TEXT = re.compile(
    r"(?:Article|Review|Passage|Message|Page) (\w+):\n(.+)"
    r"|(?:文章|评论|片段|消息|散页)(\w+)：\n(.+)"
)
QUOTED = re.compile("“(.+?)”")


@lru_cache(maxsize=256)
def sample(
    name: str,
    index: int = 0,
    language: str = "en",
    length: int = 3000,
    depth: float | None = None,
    tokenizer: str = "tekken",
    params: tuple[tuple[str, Any], ...] = (),
) -> Sample:
    return made(
        f"m4le/{name}",
        dict(params),
        seed=6,
        index=index,
        length=length,
        depth=depth,
        tokenizer=tokenizer,
        language=language,
    )


def texts_of(shown: Sample) -> dict[str, str]:
    """Texts by id, as the prompt shows them."""
    found = TEXT.findall(shown.context)
    texts = {a or c: b or d for a, b, c, d in found}
    assert len(texts) == len(found), "an id stands twice"
    return texts
