"""Words that page, comment and pictures share, so that they call the same thing the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from synthctx.store import Bench


def counted(n: int, what: str) -> str:
    """Return a number with what it counts: "1 sample", "1,200 samples"."""
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def spread(counts: Sequence[int], what: str) -> str:
    """Return the least and the most of some numbers: "4 samples", "3 to 1,200 samples"."""
    least, most = min(counts), max(counts)
    return counted(most, what) if least == most else f"{least:,} to {counted(most, what)}"


def depth_name(depth: float) -> str:
    """Return a depth 0..1 as people read it: "12.5 %"."""
    return f"{100 * depth:.4g} %"


def bench_names(benches: Sequence[Bench], manifests: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return what each bench is called: its suite's name, of an imported one that of the file."""
    names = []
    for bench, manifest in zip(benches, manifests, strict=True):
        name = str((manifest.get("suite") or {}).get("name") or bench.path.name)
        imported = manifest.get("status") == "imported"
        names.append(PurePath(name).name if imported else name)
    return names


def title_of(names: Sequence[str]) -> str:
    """Return what several benches together are called."""
    return " + ".join(dict.fromkeys(names))


def unfinished(names: Sequence[str], manifests: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the benches of which not all samples have been generated."""
    both = zip(names, manifests, strict=True)
    return [name for name, manifest in both if manifest.get("status") == "partial"]
