"""What a length is measured in.

`tekken` (the default) is Mistral's 131k vocabulary, read from the data files of the
mistral-common package without importing that package, and run by tiktoken. No tokenizer
here ever reaches the network.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.metadata
import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from synthctx.errors import SuiteError, SynthctxError
from synthctx.registry import Registry

if TYPE_CHECKING:
    import tiktoken

Counts = npt.NDArray[np.int64]
TEKKEN_FILE = "tekken_240911.json"


class Tokenizer(Protocol):
    """What the engine asks of a tokenizer.

    Attributes:
        name: as the user writes it, for example "tekken" or "tiktoken:cl100k_base".
        sha256: digest of the vocabulary (of the rule, where there is none).

    A tokenizer whose tokens cover a text without gaps, and whose `ends` is as quick as its
    `count`, may say so: `quick_ends = True`. One that is quicker with many texts at a time may
    have a `count_many` of its own, from a sequence of texts to their counts.
    """

    name: str
    sha256: str

    def count(self, text: str) -> int:
        """Return the number of tokens of a text, without special tokens."""
        ...

    def ends(self, text: str) -> Counts:
        """Return for each token the character position at which it ends, ascending."""
        ...


def count_many(tokenizer: Tokenizer, texts: Sequence[str]) -> Counts:
    """Return the number of tokens of each text."""
    together = getattr(tokenizer, "count_many", None)
    if together is not None:
        return np.asarray(together(texts), dtype=np.int64)
    count = tokenizer.count
    return np.fromiter((count(t) for t in texts), dtype=np.int64, count=len(texts))


def token_starts(
    tokenizer: Tokenizer, text: str, positions: Sequence[int]
) -> tuple[int, list[int]]:
    """Return the tokens of a text, and how many of them lie wholly before each position."""
    ends = tokenizer.ends(text)
    return len(ends), np.searchsorted(ends, list(positions), side="right").tolist()


def tail(tokenizer: Tokenizer, text: str, tokens: int) -> str:
    """Return the last `tokens` tokens of a text."""
    ends = tokenizer.ends(text)
    if tokens >= len(ends):
        return text
    return text[int(ends[len(ends) - tokens - 1]) :] if tokens > 0 else ""


def head(tokenizer: Tokenizer, text: str, tokens: int) -> str:
    """Return the first `tokens` tokens of a text."""
    ends = tokenizer.ends(text)
    if tokens >= len(ends):
        return text
    return text[: int(ends[tokens - 1])] if tokens > 0 else ""


class TiktokenTokenizer:
    """A byte-level BPE vocabulary run by tiktoken."""

    quick_ends = True

    def __init__(
        self, name: str, sha256: str, encoding: tiktoken.Encoding, ranks: Mapping[bytes, int]
    ) -> None:
        self.name = name
        self.sha256 = sha256
        self._encoding = encoding
        self._lengths = np.zeros(encoding.max_token_value + 1, dtype=np.int64)
        for token, rank in ranks.items():
            self._lengths[rank] = len(token)

    def count(self, text: str) -> int:
        """Return the number of tokens of a text."""
        return len(self._encoding.encode_ordinary(text))

    def ends(self, text: str) -> Counts:
        """Return the character position at which each token ends.

        A token that ends inside a character counts as ending after it.
        """
        ids = np.array(self._encoding.encode_ordinary(text), dtype=np.int64)
        byte_ends = np.cumsum(self._lengths[ids])
        if text.isascii():
            return byte_ends
        raw = np.frombuffer(text.encode("utf-8", "replace"), dtype=np.uint8)
        first_bytes = np.cumsum((raw & 0xC0) != 0x80)  # characters begun up to each byte
        return np.asarray(first_bytes[byte_ends - 1], dtype=np.int64)


class CharsTokenizer:
    """Counts characters (Unicode code points)."""

    name = "chars"
    quick_ends = True
    sha256 = hashlib.sha256(b"synthctx chars 1").hexdigest()

    def count(self, text: str) -> int:
        """Return the number of characters."""
        return len(text)

    def ends(self, text: str) -> Counts:
        """Return 1, 2, ..., len(text)."""
        return np.arange(1, len(text) + 1, dtype=np.int64)


class WordsTokenizer:
    """Counts words: runs of non-blanks, and each Chinese character for itself."""

    name = "words"
    _pattern = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]|[^\s\u3400-\u4dbf\u4e00-\u9fff]+")
    sha256 = hashlib.sha256(b"synthctx words 1").hexdigest()

    def count(self, text: str) -> int:
        """Return the number of words."""
        return sum(1 for _ in self._pattern.finditer(text))

    def ends(self, text: str) -> Counts:
        """Return the character position at which each word ends."""
        return np.array([m.end() for m in self._pattern.finditer(text)], dtype=np.int64)


class HuggingFaceTokenizer:
    """A tokenizer.json, run by the tokenizers library (extra `hf`)."""

    def __init__(self, path: Path) -> None:
        try:
            import tokenizers
        except ImportError as error:
            raise SuiteError(
                "tokenizer 'hf:' needs the extra: pip install 'synthctx[hf]'"
            ) from error
        data = _read(path)
        try:
            self._tokenizer: Any = tokenizers.Tokenizer.from_str(data.decode("utf-8"))
        except Exception as error:
            raise SuiteError(f"'{path}' is not a readable tokenizer.json: {error}") from error
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self.name = f"hf:{path}"
        self.sha256 = hashlib.sha256(data).hexdigest()

    def count(self, text: str) -> int:
        """Return the number of tokens of a text, without special tokens."""
        return len(self._tokenizer.encode_batch_fast([text], add_special_tokens=False)[0])

    def count_many(self, texts: Sequence[str]) -> list[int]:
        """Return the number of tokens of each text, counted in as many threads as there are."""
        return list(map(len, self._tokenizer.encode_batch_fast(texts, add_special_tokens=False)))

    def ends(self, text: str) -> Counts:
        """Return the character position at which each token ends."""
        offsets = self._tokenizer.encode(text, add_special_tokens=False).offsets
        return np.maximum.accumulate(np.array([e for _, e in offsets], dtype=np.int64))


class SentencePieceTokenizer:
    """A SentencePiece model file, run by the sentencepiece library (extra `sp`)."""

    def __init__(self, path: Path) -> None:
        try:
            import sentencepiece
        except ImportError as error:
            raise SuiteError(
                "tokenizer 'sp:' needs the extra: pip install 'synthctx[sp]'"
            ) from error
        data = _read(path)
        self._model: Any = sentencepiece.SentencePieceProcessor()
        try:
            self._model.LoadFromSerializedProto(data)
        except RuntimeError as error:
            raise SuiteError(f"'{path}' is not a readable SentencePiece model") from error
        self.name = f"sp:{path}"
        self.sha256 = hashlib.sha256(data).hexdigest()

    def count(self, text: str) -> int:
        """Return the number of tokens of a text, without special tokens."""
        return len(self._model.EncodeAsIds(text))

    def ends(self, text: str) -> Counts:
        """Return the character position at which each token ends.

        A token that is a byte inside a character counts as ending after it.
        """
        read = self._model.Encode(text, return_type="offset_mapping")
        spans, pieces = read["offsets"], read["pieces"]
        ends = np.array([end for _, end in spans], dtype=np.int64)
        for i in range(len(spans) - 2, -1, -1):
            if spans[i][0] == spans[i][1] and pieces[i].startswith("<0x"):
                ends[i] = ends[i + 1]
        return np.maximum.accumulate(ends) if len(ends) else ends


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SuiteError(f"cannot read tokenizer file '{path}': {error.strerror}") from error


def _no_argument(name: str, argument: str) -> None:
    if argument:
        raise SuiteError(f"tokenizer '{name}' takes no argument, given ':{argument}'")


def _tekken(argument: str) -> Tokenizer:
    import tiktoken

    _no_argument("tekken", argument)
    place = importlib.metadata.distribution("mistral-common").locate_file(
        f"mistral_common/data/{TEKKEN_FILE}"
    )
    data = _read(Path(str(place)))
    document = json.loads(data)
    config = document["config"]
    size = config["default_vocab_size"] - config["default_num_special_tokens"]
    ranks = {base64.b64decode(e["token_bytes"]): e["rank"] for e in document["vocab"][:size]}
    encoding = tiktoken.Encoding(
        "tekken", pat_str=config["pattern"], mergeable_ranks=ranks, special_tokens={}
    )
    return TiktokenTokenizer("tekken", hashlib.sha256(data).hexdigest(), encoding, ranks)


def _tiktoken(argument: str) -> Tokenizer:
    import tiktoken
    import tiktoken.load

    def refuse(blobpath: str) -> bytes:
        raise SuiteError(
            f"tokenizer 'tiktoken:{argument}': its vocabulary is not in the local cache and is "
            f"not downloaded here; put {blobpath.rsplit('/', 1)[-1]} there with tiktoken itself "
            "once, and set TIKTOKEN_CACHE_DIR to that folder"
        )

    names = tiktoken.list_encoding_names()
    name = argument if argument in names else f"{argument}_base"
    if name not in names:
        raise SuiteError(
            f"tokenizer 'tiktoken:{argument}': no such encoding. Known: {', '.join(names)}"
        )
    fetch = tiktoken.load.read_file
    tiktoken.load.read_file = refuse
    try:
        encoding = tiktoken.get_encoding(name)
    finally:
        tiktoken.load.read_file = fetch
    ranks = {token: encoding.encode_single_token(token) for token in encoding.token_byte_values()}
    sha256 = hashlib.sha256(b"".join(token + b"\n" for token in ranks)).hexdigest()
    return TiktokenTokenizer(f"tiktoken:{name}", sha256, encoding, ranks)


def _path(prefix: str, argument: str) -> Path:
    if not argument:
        raise SuiteError(f"tokenizer '{prefix}' needs a file: {prefix}:PATH")
    return Path(argument)


def _hf(argument: str) -> Tokenizer:
    path = _path("hf", argument)
    return HuggingFaceTokenizer(path / "tokenizer.json" if path.is_dir() else path)


def _sp(argument: str) -> Tokenizer:
    return SentencePieceTokenizer(_path("sp", argument))


def _chars(argument: str) -> Tokenizer:
    _no_argument("chars", argument)
    return CharsTokenizer()


def _words(argument: str) -> Tokenizer:
    _no_argument("words", argument)
    return WordsTokenizer()


Factory = Callable[[str], Tokenizer]
TOKENIZERS: Registry[Factory] = Registry("tokenizer", "synthctx.tokenizers")
SUMMARIES = {
    "tekken": "Mistral's 131k vocabulary (default; comes with the mistral-common package)",
    "tiktoken": "tiktoken:NAME, for example tiktoken:o200k_base, from the local cache",
    "hf": "hf:PATH/tokenizer.json, a Hugging Face tokenizer (extra hf)",
    "sp": "sp:PATH.model, a SentencePiece model (extra sp)",
    "chars": "characters",
    "words": "words, and each Chinese character for itself",
}
for _name, _factory in {
    "tekken": _tekken,
    "tiktoken": _tiktoken,
    "hf": _hf,
    "sp": _sp,
    "chars": _chars,
    "words": _words,
}.items():
    TOKENIZERS.add(_name, _factory)


@lru_cache(maxsize=8)
def get_tokenizer(name: str) -> Tokenizer:
    """Return a tokenizer by the name a user writes, for example "hf:model/tokenizer.json".

    Raises:
        UnknownName: no tokenizer of that kind.
        SuiteError: its file or vocabulary is not there or not readable.
    """
    kind, _, argument = name.partition(":")
    try:
        return TOKENIZERS.get(kind)(argument)
    except SynthctxError:
        raise
    except importlib.metadata.PackageNotFoundError as error:
        raise SuiteError(f"tokenizer '{name}' needs the package {error.name}") from error
