"""The composer: exact counts and depths for every tokenizer, language, haystack and depth."""

from __future__ import annotations

import importlib.metadata
import re
from pathlib import Path

import pytest

from synthctx.api import samples
from synthctx.errors import GenerationError, SuiteError
from synthctx.fill import fill, seam
from synthctx.haystack import get_pool
from synthctx.streams import Streams
from synthctx.tasks import Piece, get_task
from synthctx.tokenizers import get_tokenizer, token_starts

DATA = Path(
    str(importlib.metadata.distribution("mistral-common").locate_file("mistral_common/data"))
)
TOKENIZERS = ["tekken", f"sp:{DATA / 'tokenizer.model.v1'}", "words", "chars"]
NEEDLES = {
    "en": "The clerk of ward {i} noted the figure {i}.",
    "zh": "病区{i}的文书记下了数字{i}。",
}


def pieces(language: str, depths: list[float]) -> list[Piece]:
    return [Piece(NEEDLES[language].format(i=70000 + i), d) for i, d in enumerate(depths)]


@pytest.mark.parametrize("tokenizer", TOKENIZERS, ids=["tekken", "sp", "words", "chars"])
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("kind", ["prose", "noise"])
def test_counts_add_up_wherever_evidence_stands(tokenizer: str, language: str, kind: str) -> None:
    if tokenizer.startswith("sp:"):
        pytest.importorskip("sentencepiece")
    pool, counter = get_pool(tokenizer, kind, language), get_tokenizer(tokenizer)
    assert pool.additive
    before = "Read this.\n"
    for size in (600, 6000):
        for depths in ([0.0], [1.0], [0.5], [0.0, 0.0, 1.0, 1.0], [i / 11 for i in range(12)]):
            wanted = size * (4 if tokenizer == "chars" else 1)
            filled = fill(
                pool, Streams([size]), "hay", wanted, pieces(language, depths), before=before
            )
            text = before + filled.text
            marks = [seam(text, p.char_start + len(before)) for p in filled.placed]
            total, starts = token_starts(counter, text, marks)
            assert total == counter.count(before) + wanted
            assert starts == [counter.count(before) + p.token_start for p in filled.placed]
            for piece, placed in zip(pieces(language, depths), filled.placed, strict=True):
                assert filled.text[placed.char_start : placed.char_end] == piece.text


@pytest.mark.parametrize("depth", [0.0, 0.013, 0.25, 0.5, 0.77, 0.999, 1.0])
@pytest.mark.parametrize("length", ["700", "4k", "33k", "128k"])
def test_exact_length_and_depth(length: str, depth: float) -> None:
    counter = get_tokenizer("tekken")
    (sample,) = samples("niah/single", length=length, depth=depth, seed=4)
    assert counter.count(sample.prompt) == sample.prompt_tokens
    assert sample.shortfall == 0
    half_a_sentence = 25 / sample.context_tokens
    assert abs(sample.evidence[0].depth - depth) <= half_a_sentence


def test_every_length_of_a_range_is_met() -> None:
    for length in range(700, 760):
        (sample,) = samples("ruler/niah_single_1", length=length, depth=0.4, seed=1)
        assert sample.shortfall == 0


def test_reserve_and_output_are_kept_free() -> None:
    from synthctx.compose import compose
    from synthctx.suite import Suite

    entry = {"task": "niah/single", "length": "2k", "max_output_tokens": 300}
    suite = Suite.from_document({"seed": 1, "reserve": 50, "tests": [entry]})
    sample = compose(next(iter(suite.rows())))
    assert sample.prompt_tokens == 2048 - 300 - 50
    assert sample.max_output_tokens == 300


def test_an_answer_that_the_filler_holds_is_taken_out_of_it() -> None:
    pool = get_pool("tekken", "prose", "en")
    plain = fill(pool, Streams([1]), "hay", 3000)
    word = max(plain.text.replace(".", " ").split(), key=len)
    assert word in plain.text
    other = fill(pool, Streams([1]), "hay", 3000, forbidden=(word,))
    assert word not in other.text
    assert get_tokenizer("tekken").count("k\n" + other.text) == 3000 + 2


def test_long_haystacks_do_not_repeat_themselves() -> None:
    (sample,) = samples("niah/single", length="1M", seed=1)
    paragraphs = [p for p in sample.context.split("\n\n") if len(p) > 200]
    assert len(set(paragraphs)) > 0.999 * len(paragraphs)


def test_pairing_none_draws_anew_for_each_cell() -> None:
    from synthctx.compose import compose
    from synthctx.suite import Suite

    entry = {"task": "niah/single", "length": ["2k", "3k"], "depth": [0, 1]}
    suite = Suite.from_document({"seed": 1, "pairing": "none", "tests": [entry]})
    references = [compose(row).draft.suffix for row in suite.rows()]
    assert len(set(references)) == 4


ESSAY = (
    "The tide table hung by the door. Nobody read it! Was it even right? Old Tamsin said so.\n\n"
    'She had it from the printer (a careful man). He said: "Trust it." They did.\n\n'
)


def test_the_users_own_text(tmp_path: Path) -> None:
    folder = tmp_path / "books"
    folder.mkdir()
    for i in range(30):
        numbered = ESSAY.replace("tide", f"tide {i}").replace("printer", f"printer of lane {i}")
        (folder / f"{i}.txt").write_text(numbered, encoding="utf-8")
    body = " ".join(f"One more line about {'calm ' * (n % 9)}boats." for n in range(60))
    (tmp_path / "more.csv").write_text(f'title,body\na,"{body}"\n', encoding="utf-8")
    counter = get_tokenizer("tekken")
    hay = {"kind": "essay", "files": [str(folder)]}
    for sample in samples("niah/single", length="1k", depth="0:1:5", n=2, seed=1, haystack=hay):
        assert counter.count(sample.prompt) == sample.prompt_tokens
        assert sample.shortfall == 0
        assert "lane" in sample.context or "tide" in sample.context
        assert get_task("niah/single").read(sample.prompt) == sample.draft.reference[0]
    with pytest.raises(GenerationError, match="more text, a shorter length, or repeat: true"):
        list(samples("niah/single", length="8k", seed=1, haystack=hay))
    again = {**hay, "repeat": True}
    (long,) = samples("niah/single", length="8k", seed=1, haystack=again)
    assert long.shortfall == 0
    table = {"kind": "essay", "files": [str(tmp_path / "more.csv")], "column": "body"}
    (sample,) = samples("niah/single", length="300", seed=1, haystack=table)
    assert "One more line about" in sample.context
    with pytest.raises(SuiteError, match="no column 'text'"):
        list(samples("niah/single", length="300", seed=1, haystack={**table, "column": "text"}))
    for files, said in ((["none.txt"], "does not exist"), ([str(tmp_path)], "no column")):
        with pytest.raises(SuiteError, match=said):
            list(samples("niah/single", length="1k", seed=1, haystack={**hay, "files": files}))


def test_chinese_text_of_the_user_is_exact_too(tmp_path: Path) -> None:
    path = tmp_path / "book.txt"
    lines = [f"第{i}天，海面很平静！船长问：“风呢？”没有人回答……他笑了。" for i in range(300)]
    path.write_text("\n\n".join(lines), encoding="utf-8")
    counter = get_tokenizer("tekken")
    hay = {"kind": "essay", "files": [str(path)]}
    found = samples(
        "needlebench/single_retrieval",
        length="2k",
        depth="0:1:5",
        seed=1,
        language="zh",
        haystack=hay,
    )
    for sample in found:
        assert counter.count(sample.prompt) == sample.prompt_tokens
        assert sample.shortfall == 0


@pytest.mark.parametrize(
    ("name", "language"),
    [
        ("niah/single", "en"),
        ("ruler/niah_single_1", "en"),
        ("needlebench/single_retrieval", "en"),
        ("needlebench/single_retrieval", "zh"),
    ],
)
def test_a_haystack_of_other_needles(name: str, language: str) -> None:
    from synthctx.rules import grade

    task = get_task(name)
    for sample in samples(
        name,
        length="1k,8k",
        depth="0:1:3",
        n=2,
        seed=3,
        language=language,
        haystack="distractors",
    ):
        assert sample.shortfall == 0
        assert sample.haystack == "distractors"
        right = grade(
            task.rule,
            output=task.read(sample.prompt),
            reference=sample.draft.reference,
            params=dict(sample.draft.rule_params),
        )
        assert right.score == 1.0
        for guess in [sample.context, *task.guesses(sample.prompt)]:
            wrong = grade(
                task.rule,
                output=guess,
                reference=sample.draft.reference,
                params=dict(sample.draft.rule_params),
            )
            assert wrong.score is not None
            assert wrong.score <= sample.draft.floor


def test_a_task_without_such_needles_says_so() -> None:
    with pytest.raises(SuiteError, match="made of items, not filler"):
        list(samples("longicl/classification", length="4k", seed=1, haystack="distractors"))


def test_the_users_text_in_its_own_order(tmp_path: Path) -> None:
    book = tmp_path / "book.txt"
    book.write_text("\n\n".join(f"Chapter {i} began. It ended too." for i in range(900)))
    hay = {"kind": "essay", "files": [str(book)], "shuffle": False}
    for sample in samples("niah/single", length="2k", depth=0.5, n=2, seed=1, haystack=hay):
        assert sample.shortfall == 0
        chapters = [int(n) for n in re.findall(r"Chapter (\d+) began", sample.context)]
        assert chapters[:60] == list(range(60))
