"""The report in a real browser: pictures drawn, filter works, nothing hostile runs."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from synthctx.analytics.report import write_report
from synthctx.errors import StoreError
from synthctx.store import Bench, read_rows, write_rows
from tests.engine.test_analytics import simulate

HOSTILE = (
    "</script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    bench = simulate(folder / "bench")
    path = bench.model_parts("scores", "short")[0]
    rows = list(read_rows(path))
    for row in rows:
        row["metrics"] = list(row["metrics"])
        row["explanation"] = row["extracted"] = HOSTILE
    write_rows(path, "scores", rows)
    # a model's name goes into the figures' JSON too
    hostile = [{**row, "model": f"m {HOSTILE}"} for row in rows]
    write_rows(bench.next_model_part("scores", f"m {HOSTILE}"), "scores", hostile)
    return write_report(bench, folder / "report.html", title=f"Simulated {HOSTILE}")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    driver = shutil.which("chromedriver")
    if not chromium or not driver:
        pytest.skip("no chromium and chromedriver on this machine")
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in (
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        f"--user-data-dir={tmp_path_factory.mktemp('profile')}",
        "--window-size=1280,1600",
    ):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    found = webdriver.Chrome(options=options, service=Service(driver))
    yield found
    found.quit()


def test_the_page_stands_alone(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert len(text) < 6_000_000
    head = text[: text.index("plotly.js v")]
    for remote in ('src="http', "src='http", 'href="http', "@import", "url(http"):
        assert remote not in head
    assert HOSTILE not in text


@pytest.mark.browser
def test_pictures_are_drawn_and_the_filter_filters(
    page: Path, browser: Any, tmp_path: Path
) -> None:
    from selenium.webdriver.support.ui import WebDriverWait

    browser.get(page.as_uri())
    charts = browser.find_elements("css selector", ".plot")
    assert len(charts) == 4  # one curve, and a map for each of three models
    WebDriverWait(browser, 30).until(
        lambda b: len(b.find_elements("css selector", ".plot .main-svg")) >= len(charts)
    )
    cells = browser.find_elements("css selector", ".plot .heatmaplayer image, .plot .hm image")
    assert len(cells) == 3
    assert len(browser.find_elements("css selector", ".scatterlayer .trace")) >= 3
    labels = [e.text for e in browser.find_elements("css selector", "[id^=map] .xtick text")]
    assert {"4k", "32k", "128k"} <= set(labels)
    rows = browser.find_elements("css selector", "#failure-table tbody tr")
    assert len(rows) == 18
    box = browser.find_element("id", "filter")
    box.send_keys("unreadable 128k")
    assert browser.find_element("id", "shown").text == "0 of 18"
    box.clear()
    box.send_keys("failed 128k")
    shown = [row for row in rows if row.is_displayed()]
    assert 0 < len(shown) < 18
    assert browser.find_element("id", "shown").text == f"{len(shown)} of 18"
    assert browser.title.startswith("Simulated </script>"), "text stays text"
    severe = [e for e in browser.get_log("browser") if e["level"] == "SEVERE"]
    assert severe == []
    shot = tmp_path / "report.png"
    assert browser.save_screenshot(str(shot))
    assert shot.stat().st_size > 20_000


@pytest.mark.browser
def test_a_phone_scrolls_tables_not_the_page(page: Path, browser: Any) -> None:
    browser.set_window_size(500, 900)
    browser.get(page.as_uri())
    wide = browser.execute_script(
        "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert wide <= 0
    browser.set_window_size(1280, 1600)


def test_a_bench_without_outputs_gives_a_page_that_says_so(tmp_path: Path) -> None:
    from synthctx.generation import generate
    from synthctx.suite import Suite

    entry = {"task": "niah/single", "length": "2k"}
    bench = generate(Suite.from_document({"seed": 1, "tests": [entry]}), tmp_path / "b")
    page = write_report(bench, tmp_path / "r.html").read_text(encoding="utf-8")
    assert "There are no outputs yet" in page


def test_bad_places_are_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no folder"):
        write_report(tmp_path / "none", tmp_path / "r.html")
    bench: Bench = simulate(tmp_path / "bench")
    with pytest.raises(StoreError, match="cannot write"):
        write_report(bench, "/proc/nowhere/r.html")
