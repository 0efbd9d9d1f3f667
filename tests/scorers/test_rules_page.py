"""The page on rules is what the registry and the recorded cases say."""

from __future__ import annotations

import pytest

from synthctx.rules import RULES, get_rule
from tests.scorers.rules_page import PAGE, cases, page


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run make docs"


def test_a_flaw_is_a_case_where_the_figures_differ() -> None:
    for case in cases():
        if "flaw" in case and "metrics" not in case:
            assert case["paper"] != case["score"], case


@pytest.mark.parametrize("name", RULES.names())
def test_every_rule_says_what_it_is(name: str) -> None:
    rule = get_rule(name)
    assert rule.version >= 1
    assert rule.source
    assert rule.extracts
    assert rule.compares
    assert rule.grade.__doc__, "what the paper's figure and ours are"
