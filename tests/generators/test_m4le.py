"""M4LE: what each list is said to hold, counted by brute force, and what guessing gets."""

from __future__ import annotations

import re
from collections import Counter
from math import ceil
from typing import Any

import pytest

from synthctx.errors import GenerationError, SuiteError
from synthctx.generators import _m4le_articles as articles
from synthctx.generators import _m4le_reviews as reviews
from synthctx.generators._m4le_list import Dice, drawn_ids, is_id
from synthctx.generators._m4le_whole import _Lead, _least_reviews, _Praised
from synthctx.streams import Streams
from synthctx.tasks import get_task
from tests.generators.m4le_samples import KINDS, LANGUAGES, NAMES, SINGLE, TEXT, sample, texts_of
from tests.generators.samples import scores

# ---------------------------------------------------------------- the family


def test_all_eleven_kinds_and_five_abilities_are_there() -> None:
    assert len(NAMES) == 14
    sources = " ".join(get_task(name).source + "," for name in NAMES)
    for kind in KINDS:
        assert f", {kind}," in sources
    abilities = {"_".join(name[5:].split("_")[:-1]) for name in NAMES}
    assert abilities == {
        "explicit_single",
        "explicit_multiple",
        "semantic_single",
        "semantic_multiple",
        "global",
    }


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_ids_are_ids_and_stand_in_their_headings_alone(name: str, language: str) -> None:
    shown = sample(name[5:], language=language, length=4000)
    texts = texts_of(shown)
    runs = re.findall(r"(?<![0-9A-Z])[0-9A-F]{6}(?![0-9A-Z])", shown.context)
    assert sorted(run for run in runs if not run.isdigit()) == sorted(texts)
    assert all(map(is_id, texts))
    assert not any(id in text for id in texts for text in texts.values())


def test_what_reads_as_a_number_or_a_word_is_no_id() -> None:
    assert [is_id(t) for t in ("1E5123", "12E345", "123456", "FACADE")] == [False] * 4
    assert [is_id(t) for t in ("1E512A", "E12345", "0A0000")] == [True] * 3
    drawn = drawn_ids(Streams("ids")("x"), 3000, {"0A0000"})
    assert len(set(drawn)) == 3000
    assert not {"0A0000"} & set(drawn)
    with pytest.raises(ValueError, match="could not convert"):
        float("".join(drawn[:1]))


@pytest.mark.parametrize("name", SINGLE)
def test_the_text_asked_for_stands_where_depth_says(name: str) -> None:
    for language in LANGUAGES:
        for depth in (0.0, 0.3, 0.62, 1.0):
            shown = sample(name[5:], language=language, depth=depth)
            start = shown.evidence[0].char_start - len(shown.draft.prefix)
            headings = [m.start() for m in TEXT.finditer(shown.context)]
            assert headings.index(start) == round(depth * (len(headings) - 1))


@pytest.mark.parametrize("name", NAMES)
def test_lists_of_so_many_documents_and_running_numbers(name: str) -> None:
    n = 41 if name.endswith("global_summary") else 21
    few = sample(name[5:], params=(("documents", n), ("numbering", "running")), length=4000)
    assert list(texts_of(few)) == [str(k) for k in range(1, n + 1)]
    assert scores(few, few.task.read(few.prompt)) == (1.0, 1.0)
    hexadecimal = sample(name[5:], params=(("documents", n),), length=4000)
    assert len(texts_of(hexadecimal)) == n
    with pytest.raises(GenerationError, match="too short"):
        sample(name[5:], params=(("documents", 400),), length=3000)
    if "explicit_single" not in name:  # a text and another
        with pytest.raises(SuiteError, match="at least"):
            sample(name[5:], params=(("documents", 2),))


@pytest.mark.parametrize("tokenizer", ["words", "chars"])
@pytest.mark.parametrize("name", NAMES)
def test_other_tokenizers(name: str, tokenizer: str) -> None:
    for language in LANGUAGES:
        if tokenizer == "words" and language == "zh":
            continue  # Chinese has no blanks
        length = 13_000 if tokenizer == "chars" else 2500
        shown = sample(name[5:], language=language, tokenizer=tokenizer, length=length)
        assert 0 <= shown.shortfall <= shown.draft.body.item_tokens  # type: ignore[union-attr]
        assert scores(shown, shown.task.read(shown.prompt)) == (1.0, 1.0)


@pytest.mark.parametrize("name", NAMES)
def test_any_part_of_a_prompt_is_read_without_a_failure(name: str) -> None:
    for language in LANGUAGES:
        shown = sample(name[5:], language=language, length=4000)
        prompt, n = shown.prompt, len(shown.prompt)
        cuts = [prompt[: n * k // 7] for k in range(8)] + [prompt[n * k // 7 :] for k in range(8)]
        cuts += [prompt[: n // 3] + prompt[2 * n // 3 :], "", "\n\n", "Article 5D20EA:\n"]
        assert all(isinstance(shown.task.read(cut), str) for cut in cuts)
        assert all(isinstance(shown.task.guesses(cut), list) for cut in cuts)
        assert shown.task.read("") == ""


# ---------------------------------------------------------------- articles and reviews


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_thing_is_owned_twice_or_occurs_in_another_sentence(language: str) -> None:
    every = [word for words in articles.cue_words(language) for word in words]
    assert len(every) == len(set(every)) == 144
    around = [*articles._OPENINGS[language], *articles._IDLE[language]]
    around += [*articles._MENTIONS[language], *articles.subjects(language)]
    for word in every:
        assert not [other for other in every if word != other and word in other], word
        pattern = word if language == "zh" else rf"\b{word}\b"
        assert not [sentence for sentence in around if re.search(pattern, sentence)], word


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("cues", "margin"), [(5, 3), (2, 2), (7, 2), (12, 12)])
def test_one_subject_leads_by_the_margin(language: str, cues: int, margin: int) -> None:
    for number in range(120):
        subject = number % 12
        dice = Dice(Streams("articles")(language, number))
        text = articles.article(language, subject, cues, margin, dice)
        held = [sum(w in text for w in words) for words in articles.cue_words(language)]
        if language == "en":  # "jib" may stand in another word
            held = [
                len(re.findall(rf"\b(?:{'|'.join(words)})\b", text))
                for words in articles.cue_words(language)
            ]
        assert held[subject] == cues
        assert cues - sorted(held)[-2] >= margin
        assert articles.subject_of(language, text) == articles.subjects(language)[subject]


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_alone_do_not_tell_what_a_review_says(language: str) -> None:
    agree: Counter[tuple[bool, bool]] = Counter()
    for number in range(600):
        good = number % 2 == 1
        dice = Dice(Streams("reviews")(language, number))
        text = reviews.review(language, number % 8, good, 5, 3, dice)
        balance = reviews.balance(language, text)
        assert balance in ((3, 4, 5) if good else (-3, -4, -5))
        assert reviews.product_of(language, text) == reviews.PRODUCTS[language][number % 8]
        agree[good, reviews.bare_balance(language, text) > 0] += 1
    for good in (True, False):
        assert abs(agree[good, True] - agree[good, False]) < 70


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_statement_is_read_one_way(language: str) -> None:
    praise, blame = reviews.words(language)
    every = [*praise, *blame]
    assert not [(a, b) for a in every for b in every if a != b and a in b]
    joint = "" if language == "zh" else " "
    for denied, forms in enumerate(reviews._FORMS[language]):
        for form in forms:
            for word in every:
                told = form.format(s=reviews.sides(language)[0], w=word)
                good = (word in praise) != bool(denied)
                text = joint.join([reviews._OPENINGS[language][0].format(p="x"), told])
                assert reviews.balance(language, text) == (1 if good else -1)


# ---------------------------------------------------------------- members and counts


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["explicit_multiple_retrieval", "explicit_multiple_reviews"])
def test_members_are_all_and_no_others(name: str, language: str) -> None:
    found: Counter[int] = Counter()
    all_ids = none = floors = 0.0
    for index in range(40):
        shown = sample(name, index, language, 2600)
        texts, question = texts_of(shown), shown.draft.suffix
        if name.endswith("reviews"):
            sign = 1 if re.search("positive\\? |好评？", question) else -1
            members = {i for i, t in texts.items() if sign * reviews.balance(language, t) > 0}
        else:
            wanted = next(s for s in articles.subjects(language) if s in question)
            members = {i for i, t in texts.items() if articles.subject_of(language, t) == wanted}
        separator = "，" if language == "zh" else ","
        reference = shown.draft.reference.rstrip(".。")
        assert members == set(reference.split(separator)) - {"NONE", "无"}
        found[len(members)] += 1
        all_ids += scores(shown, separator.join(texts))[0] or 0.0
        none += scores(shown, "无" if language == "zh" else "NONE")[0] or 0.0
        floors += shown.draft.floor
    assert found[0] == 6  # 0.15 of 40
    assert all(4 <= found[n] <= 7 for n in range(1, 7))
    assert all_ids <= floors
    assert none <= floors


def test_the_share_without_members_and_their_number_are_params() -> None:
    always = (("none_share", 1), ("members_max", 3))
    never = (("none_share", 0), ("members_max", 3))
    for index in range(6):
        assert sample("explicit_multiple_reviews", index, params=always).draft.reference == "NONE."
        counted = sample("explicit_multiple_reviews", index, params=never).draft.reference
        assert 1 <= counted.count(",") + 1 <= 3
        assert counted != "NONE."


@pytest.mark.parametrize("language", LANGUAGES)
def test_counts_take_turns_so_that_no_constant_pays(language: str) -> None:
    counts: Counter[int] = Counter()
    for index in range(24):
        shown = sample("semantic_multiple_count", index, language, 2600)
        wanted = next(s for s in articles.subjects(language) if s in shown.draft.suffix)
        texts = texts_of(shown).values()
        true = sum(articles.subject_of(language, text) == wanted for text in texts)
        assert shown.draft.reference == f"{true}{'。' if language == 'zh' else '.'}"
        assert scores(shown, f"{true}") == (1.0, 1.0)
        # articles that mention anything of the subject are more, as a rule
        counts[true] += 1
    assert counts == dict.fromkeys(range(1, 7), 4)


def test_articles_that_mention_the_subject_are_more_than_those_on_it() -> None:
    right = 0
    for index in range(24):
        shown = sample("semantic_multiple_count", index, length=4000)
        wanted = next(s for s in articles.subjects("en") if s in shown.draft.suffix)
        cues = articles.cue_words("en")[articles.subjects("en").index(wanted)]
        mention = sum(any(cue in text for cue in cues) for text in texts_of(shown).values())
        right += scores(shown, str(mention))[0] == 1.0
    assert right / 24 <= 1 / 6 + 0.1


# ---------------------------------------------------------------- the whole list


@pytest.mark.parametrize(("groups", "share", "least"), [(12, 0.1, 2), (8, 0, 2), (3, 0.5, 5)])
def test_one_group_leads_in_every_beginning(groups: int, share: float, least: int) -> None:
    dealt = _Lead(groups, share, least).dealt(700)
    for n in range(least, 700):
        counted = Counter(dealt[:n])
        rest = [counted[k] for k in range(1, groups)]
        assert counted[0] - max(rest) >= max(least, ceil(share * n))
        assert max(rest) - min(rest) <= 1


@pytest.mark.parametrize(("share", "least"), [(0.1, 2), (0.9, 2), (0.0, 9)])
def test_the_best_product_has_any_place_by_how_often_it_is_named(share: float, least: int) -> None:
    draw = Streams("parts")
    places = Counter[int]()
    for k in range(240):
        parts = (0.75 + draw("parts", k).uniform(8) / 2).tolist()
        n = 2 * _least_reviews(8, share, least) + 5 * (k % 20)
        dealt = _Praised(share, least, parts).dealt(n)
        good = Counter(code // 2 for code in dealt if code % 2)
        assert good[0] - max(good[p] for p in range(1, 8)) >= least
        every = Counter(code // 2 for code in dealt)
        places[sum(every[p] + p / 9 > every[0] + k % 8 / 9 for p in range(1, 8))] += 1
    assert set(places) == set(range(8))
    assert max(places.values()) <= 240 / 8 + 22  # four deviations


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_leading_subject_and_product_are_counted(language: str) -> None:
    right = Counter[str]()
    for index in range(24):
        shown = sample("global_classification", index, language)
        held = [articles.subject_of(language, t) for t in texts_of(shown).values()]
        (best, n), (_, second) = Counter(held).most_common(2)
        assert [best] == shown.draft.reference
        assert n - second >= 2
        right["first"] += held[0] == best
        right["last"] += held[-1] == best
        right["floor"] += shown.draft.floor  # type: ignore[assignment]
        shown = sample("global_summary", index, language, 4000)
        texts = list(texts_of(shown).values())
        named = [reviews.product_of(language, t) for t in texts]
        pairs = list(zip(named, texts, strict=True))
        good = Counter(p for p, t in pairs if reviews.balance(language, t) > 0)
        (best, n), (_, second) = good.most_common(2)
        assert [best] == shown.draft.reference
        assert n - second >= 2
        bare = Counter(p for p, t in pairs if reviews.bare_balance(language, t) > 0)
        for place, (product, _) in enumerate(Counter(named).most_common()):
            right[f"named {place}"] += product == best
        right["bare"] += bare.most_common(1)[0][0] == best
    assert max(right["first"], right["last"]) <= right["floor"] + 5
    assert max(right[f"named {place}"] for place in range(8)) <= 24 / 8 + 6
    assert right["bare"] <= 24 / 8 + 6


def test_the_product_that_is_named_most_is_another_finding() -> None:
    for index in range(4):
        shown = sample("global_summary", index, params=(("finding", "named"),))
        named = Counter(reviews.product_of("en", t) for t in texts_of(shown).values())
        (best, n), (_, second) = named.most_common(2)
        assert [best] == shown.draft.reference
        assert n - second >= 2
        assert shown.task.read(shown.prompt) == best


# ---------------------------------------------------------------- guesses and errors


@pytest.mark.parametrize("name", SINGLE)
def test_the_first_and_the_last_id_are_right_by_chance(name: str) -> None:
    shown = [sample(name[5:], index, length=2600) for index in range(20)]
    floor = sum(s.draft.floor for s in shown)
    for at in (0, -1):
        right = sum(scores(s, list(texts_of(s))[at])[0] or 0.0 for s in shown)
        assert right <= floor + 4


@pytest.mark.parametrize("length", [2000, 5000])
def test_the_commonest_subject_is_that_of_the_article_by_chance(length: int) -> None:
    right = floor = 0.0
    for index in range(60):
        shown = sample("explicit_single_classification", index, length=length)
        counted = Counter(articles.subject_of("en", t) for t in texts_of(shown).values())
        most = [name for name, n in counted.items() if n == max(counted.values())]
        right += (shown.draft.reference[0] in most) / len(most)
        floor += shown.draft.floor
    assert right <= floor + 4


@pytest.mark.parametrize("name", NAMES)
def test_an_answer_behind_what_was_considered_counts(name: str) -> None:
    for language, joint in (("en", "Answer: "), ("zh", "答案："), ("en", "Answer: **")):
        shown = sample(name[5:], language=language, length=4000)
        assert shown.prompt.endswith(joint.strip(" *"))
        solved = shown.task.read(shown.prompt)
        reply = f"{texts_of(shown).popitem()[0]}: no.\n\n{joint}{solved}" + "**" * ("*" in joint)
        assert scores(shown, reply)[0] == 1.0


@pytest.mark.parametrize(
    ("name", "params", "message"),
    [
        ("explicit_single_classification", (("cues", 3), ("margin", 4)), "margin 4 is above cues"),
        ("explicit_multiple_reviews", (("opinions", 4), ("margin", 3)), "both odd or both even"),
    ],
)
def test_params_that_cannot_be_together_say_so(
    name: str, params: tuple[tuple[str, Any], ...], message: str
) -> None:
    with pytest.raises(SuiteError, match=message):
        sample(name, params=params)


@pytest.mark.parametrize("name", NAMES)
def test_too_short_a_length_says_what_is_needed(name: str) -> None:
    for language in LANGUAGES:
        with pytest.raises(
            GenerationError, match=r"too short .*texts are needed, \d+ fit"
        ) as raised:
            sample(name[5:], length=350, language=language)
        said = re.search(r"length of about ([\d,]+)", str(raised.value))
        assert said
        enough = sample(name[5:], length=int(said[1].replace(",", "")), language=language)
        assert scores(enough, enough.task.read(enough.prompt)) == (1.0, 1.0)
