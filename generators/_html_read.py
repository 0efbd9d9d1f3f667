"""An independent reader of listings: it knows the question's wording and HTML, nothing else."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

_ASK = "\n```\n\nCopy one listing of this page"
_HIDDEN = 'template, script, style, aside, [hidden], [style*="display:none"]'
_DASHES = ("", "-", "\u2014")


def _text(node: LexborNode) -> str:
    return " ".join(node.text().split())


def _by_heading(section: LexborNode) -> list[dict[str, str]]:
    out = []
    for heading in section.css("h4"):
        item = heading
        while item.parent is not None and len(item.parent.css("h4")) == 1:
            if item.parent.tag in ("section", "body"):
                break
            item = item.parent
        found = {"": _text(heading)}
        names, values = item.css("dt"), item.css("dd")
        for term, value in zip(names, values, strict=False):
            found[_text(term)] = _text(value)
        for line in item.css("li, p"):
            first = line.css_first("span, b")
            if first is not None:
                name = _text(first)
                found.setdefault(name.rstrip(":"), _text(line)[len(name) :].strip())
        out.append(found)
    return out


def _by_table(section: LexborNode) -> list[dict[str, str]]:
    labels = [_text(node) for node in section.css("th")]
    rows = []
    for row in section.css("tbody tr"):
        cells = [_text(node) for node in row.css("td")]
        if len(cells) == len(labels):
            rows.append({"": cells[0], **dict(zip(labels[1:], cells[1:], strict=True))})
    return rows


def _keeps(rule: str, name_to_value: dict[str, str]) -> bool:
    present = re.match(r'only those with a value for "(.+?)"\.', rule)
    if present is not None:
        return name_to_value.get(present[1], "N/A") != "N/A"
    asked = re.match(
        r'only those whose "(.+?)" (is more than|is less than|lies in the years|is|contains'
        r'|starts with) "?(.+?)"?\. An entry',
        rule,
    )
    if asked is None:
        return True
    name, how, what = asked.groups()
    value = name_to_value.get(name, "N/A")
    if value == "N/A":
        return False
    if how in ("is more than", "is less than"):
        found = re.search(r"-?[\d.]*\d", value)
        given = float(found[0]) if found else 0.0
        return given > float(what) if how == "is more than" else given < float(what)
    if how == "lies in the years":
        first, last = what.split(" to ")
        return int(first) <= int(value.split()[-1]) <= int(last)
    if how == "is":
        return value == what
    return what in value if how == "contains" else value.startswith(what)


def read_listing(prompt: str) -> str:
    """Return the table that a prompt asks for, "" when its listing is not there."""
    page, mark, question = prompt.rpartition(_ASK)
    heading = re.search(r'^Section: the one headed "(.+)", and', question, re.M)
    rule = re.search(r"^Entries: (.+)$", question, re.M)
    header = re.search(r"^```tsv\n(.+)\n```", question, re.M)
    if not mark or heading is None or rule is None or header is None:
        return ""
    labels = re.findall(r'^\d+\. .+?: (?:labelled "(.+)" on|the name)', question, re.M)
    names = header[1].split("\t")
    tree = LexborHTMLParser(page.partition("```html\n")[2] or page)
    for node in tree.css(_HIDDEN):
        node.decompose()
    wanted = (
        [node for node in tree.css("section") if _text(node.css("h2")[0]) == heading[1]]
        if tree.css("section h2")
        else []
    )
    lines = [header[1]]
    for section in wanted[:1]:
        for found in _by_table(section) if section.css("th") else _by_heading(section):
            cells = [found.get(label, "") for label in labels]
            cells = ["N/A" if cell in _DASHES else cell for cell in cells]
            if _keeps(rule[1], dict(zip(names, cells, strict=False))):
                lines.append("\t".join(cells))
    return "```tsv\n" + "\n".join(lines) + "\n```"
