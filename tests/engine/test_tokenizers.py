"""Tokenizers: exact counts, positions, and no network."""

from __future__ import annotations

import importlib.metadata
import json
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthctx.errors import SuiteError, UnknownName
from synthctx.tokenizers import Tokenizer, get_tokenizer, head, tail, token_starts

DATA = Path(
    str(importlib.metadata.distribution("mistral-common").locate_file("mistral_common/data"))
)
SENTENCEPIECE = DATA / "tokenizer.model.v1"
TEXT = "The ferry left at 07:45. 渡船在早上离开。 naïve 🤖 end\n\nNext paragraph."


@pytest.fixture(scope="session")
def hf_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a small byte-level BPE tokenizer.json, trained here."""
    tokenizers = pytest.importorskip("tokenizers")
    model = tokenizers.Tokenizer(tokenizers.models.BPE())
    model.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    model.decoder = tokenizers.decoders.ByteLevel()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=600, initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet()
    )
    model.train_from_iterator([TEXT * 3, "the clerk wrote the number down"], trainer)
    path = tmp_path_factory.mktemp("hf") / "tokenizer.json"
    model.save(str(path))
    return path


@pytest.fixture(params=["tekken", "chars", "words", "sp", "hf"])
def tokenizer(request: pytest.FixtureRequest) -> Tokenizer:
    name = request.param
    if name == "sp":
        pytest.importorskip("sentencepiece")
        name = f"sp:{SENTENCEPIECE}"
    elif name == "hf":
        name = f"hf:{request.getfixturevalue('hf_file')}"
    return get_tokenizer(name)


def test_positions_agree_with_counts(tokenizer: Tokenizer) -> None:
    ends = tokenizer.ends(TEXT)
    assert len(ends) == tokenizer.count(TEXT)
    assert sorted(ends) == list(ends)
    assert ends[-1] == len(TEXT)
    at = TEXT.index(" naïve")
    total, starts = token_starts(tokenizer, TEXT, [0, at, len(TEXT)])
    assert total == len(ends)
    assert starts == [0, tokenizer.count(TEXT[:at]), total]


def test_head_and_tail_make_the_whole(tokenizer: Tokenizer) -> None:
    total = tokenizer.count(TEXT)
    cut = TEXT.index(" naïve")
    n = tokenizer.count(TEXT[:cut])
    assert head(tokenizer, TEXT, n) == TEXT[:cut]
    assert tail(tokenizer, TEXT, total - n).lstrip() == TEXT[cut:].lstrip()
    assert head(tokenizer, TEXT, 10**6) == tail(tokenizer, TEXT, 10**6) == TEXT
    assert head(tokenizer, TEXT, 0) == tail(tokenizer, TEXT, 0) == ""


def test_a_character_of_several_tokens_begins_where_all_of_them_do(tokenizer: Tokenizer) -> None:
    text = "k\n黛晴是"
    for at in (2, 3):
        _, (start,) = token_starts(tokenizer, text, [at])
        assert start == tokenizer.count(text[:at])


@given(st.text(max_size=60))
def test_tekken_ends_where_the_text_ends(text: str) -> None:
    tokenizer = get_tokenizer("tekken")
    clean = text.encode("utf-8", "replace").decode("utf-8")
    ends = tokenizer.ends(clean)
    assert len(ends) == tokenizer.count(clean)
    assert (int(ends[-1]) if len(ends) else 0) == len(clean)


def test_tekken_is_the_vocabulary_of_mistral_common() -> None:
    document = json.loads((DATA / "tekken_240911.json").read_text(encoding="utf-8"))
    config = document["config"]
    tokenizer = get_tokenizer("tekken")
    assert tokenizer.count("a") == 1
    longest = max(
        (
            e["token_str"]
            for e in document["vocab"][: config["default_vocab_size"] - 1000]
            if e["token_str"] and e["token_str"].isalpha() and e["token_str"].isascii()
        ),
        key=len,
    )
    assert tokenizer.count(longest) == 1
    assert "mistral_common" not in sys.modules


def test_special_token_text_is_plain_text() -> None:
    assert get_tokenizer("tekken").count("<|endoftext|></s>[INST]") > 3


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("tekken:2", "takes no argument"),
        ("hf:", "needs a file"),
        ("hf:nowhere/tokenizer.json", "cannot read tokenizer file"),
        ("sp:nowhere.model", "cannot read tokenizer file"),
        ("tiktoken:gpt9", "no such encoding. Known: "),
    ],
)
def test_bad_names(name: str, said: str) -> None:
    with pytest.raises(SuiteError) as caught:
        get_tokenizer(name)
    assert said in str(caught.value)


def test_broken_files_are_named(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(SuiteError, match=r"is not a readable tokenizer\.json"):
        get_tokenizer(f"hf:{tmp_path}")
    (tmp_path / "x.model").write_text("nothing")
    with pytest.raises(SuiteError, match="is not a readable SentencePiece model"):
        get_tokenizer(f"sp:{tmp_path / 'x.model'}")


def test_a_vocabulary_that_is_not_cached_is_not_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tiktoken.load

    def network(path: str) -> bytes:
        raise AssertionError(f"would have fetched {path}")

    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(tiktoken.load, "read_file", network)
    with pytest.raises(SuiteError, match="not in the local cache and is not downloaded"):
        get_tokenizer("tiktoken:p50k_base")
    assert tiktoken.load.read_file is network


def test_unknown_kinds_get_a_suggestion() -> None:
    with pytest.raises(UnknownName, match="Did you mean 'tekken'"):
        get_tokenizer("teken")
