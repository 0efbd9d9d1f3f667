"""Writes docs/rules.md out of the registered rules and their recorded cases.

Run: make docs. A test checks that the page is what this makes.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from synthctx.rules import RULES, get_rule

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "rules.md"
CASES = ROOT / "fixtures" / "rules"
_SHOWN = 110

HEAD = """# The rules, and where the published ones are wrong

Every answer gets two figures. `paper` is what the published scorer gives, flaws included, so that
numbers compare with the literature; it is null where the published scorer crashes or there is
none. `score` is ours: deterministic, strict, between 0 and 1, and it says why. Reasoning
(`<think>` and its kin, channel tags, closed or not) is taken off before a rule sees the answer.

`synthctx rules` lists what follows; `synthctx grade --rule ID` grades what any tool has recorded;
the cases are those of `fixtures/rules/`, run by the tests.
"""

DIFFER = """
## Where the two figures differ

Each case shows one flaw of a published rule: what a model said, what was asked for, what the
published scorer gives and what ours does.
"""


def cases() -> list[dict[str, Any]]:
    """Return the recorded cases of all rules."""
    out: list[dict[str, Any]] = []
    for path in sorted(CASES.glob("*.json")):
        out += json.loads(path.read_text(encoding="utf-8"))
    return out


def cell(text: str) -> str:
    """Return a text as the cell of a Markdown table."""
    one_line = text.replace("\n", " ⏎ ").replace("|", "\\|")
    one_line = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in one_line)
    return one_line if len(one_line) <= _SHOWN else one_line[: _SHOWN - 1] + "…"


def code(value: Any) -> str:
    """Return a value as code in a cell."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    shown = cell(text)
    return f"`` {shown} ``" if "`" in shown else f"`{shown or ' '}`"


def figure(value: float | None) -> str:
    """Return a score as people write it."""
    return "null" if value is None else f"{value:.2f}".rstrip("0").rstrip(".")


def page() -> str:
    """Return the whole page."""
    lines = [HEAD, "| rule | published rule | reads | compares |", "|---|---|---|---|"]
    for name in RULES.names():
        rule = get_rule(name)
        lines.append(f"| `{name}` | {rule.source} | {rule.extracts} | {rule.compares} |")
    lines.append(DIFFER)
    flaws = [case for case in cases() if "flaw" in case]
    for name in RULES.names():
        own = [case for case in flaws if case["rule"] == name]
        if not own:
            continue
        lines += [f"### {name}", "", "| flaw | answer | reference | paper | score | why |"]
        lines.append("|---|---|---|---|---|---|")
        for case in own:
            figures = f"{figure(case['paper'])} | {figure(case['score'])}"
            lines.append(
                f"| {cell(case['flaw'])} | {code(case['output'])} | {code(case['reference'])} "
                f"| {figures} | {cell(case['why'])} |"
            )
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
