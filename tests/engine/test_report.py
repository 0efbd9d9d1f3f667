"""The report in a real browser: pictures drawn, filters work, nothing hostile runs."""

from __future__ import annotations

import base64
import gzip
import json
import re
import shlex
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from synthctx.analytics.comparison import compare_models
from synthctx.analytics.connect import connect
from synthctx.analytics.report import write_report
from synthctx.errors import StoreError, SuiteError
from synthctx.store import Bench, read_rows, write_rows
from tests.conftest import Cli
from tests.engine.test_analytics import sample, scored, simulate

HOSTILE = (
    "</script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
)
NAME = f"m {HOSTILE}"


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """Simulated models, one of them with a hostile name, hostile answers, and prompts cut."""
    bench = simulate(tmp_path_factory.mktemp("report") / "bench")
    rows = list(read_rows(bench.model_parts("scores", "short")[0]))
    answers = list(read_rows(bench.model_parts("outputs", "short")[0]))
    for row in rows:
        row["metrics"] = list(row["metrics"])
        row["model"] = NAME
        row["explanation"] = row["extracted"] = HOSTILE
        if row["score"] == 0:
            row["flags"] = ["truncated_prompt"]
    write_rows(bench.next_model_part("scores", NAME), "scores", rows)
    hostile = [{**row, "model": NAME, "output": row["output"] and HOSTILE} for row in answers]
    write_rows(bench.next_model_part("outputs", NAME), "outputs", hostile)
    return bench


@pytest.fixture(scope="module")
def page(bench: Bench) -> Path:
    title = f"Simulated {HOSTILE}"
    return write_report(bench, bench.path / "report.html", title=title, threshold=0.5)


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


@pytest.fixture
def opened(browser: Any, page: Path) -> Any:
    browser.get(page.as_uri())
    yield browser
    assert browser.title.startswith("Simulated </script>"), "text stays text"
    assert not browser.find_elements("css selector", "img, iframe, object, [onerror]")
    said = [e for e in browser.get_log("browser") if e["level"] in ("SEVERE", "WARNING")]
    assert said == []


def all_of(browser: Any, css: str) -> list[Any]:
    found: list[Any] = browser.find_elements("css selector", css)
    return found


def choose(browser: Any, part: str, label: str, option: str) -> None:
    from selenium.webdriver.support.ui import Select

    (control,) = [e for e in all_of(browser, f"#{part} label") if e.text.split("\n")[0] == label]
    Select(control.find_element("css selector", "select")).select_by_visible_text(option)


def wait(browser: Any, until: Callable[[Any], object]) -> None:
    from selenium.webdriver.support.ui import WebDriverWait

    WebDriverWait(browser, 30).until(until)


def data_in(page: Path) -> dict[str, Any]:
    text = page.read_text(encoding="utf-8")
    (found,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', text)
    data: dict[str, Any] = json.loads(found)
    return data


def test_the_page_stands_alone(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert len(text) < 6_000_000
    for remote in ('src="http', "src='http", 'href="http', "@import", "url(http"):
        assert remote not in text
    assert "default-src 'none'" in text, "the page itself forbids the network"
    assert HOSTILE not in text
    (packed,) = re.findall(r'<script type="text/plain" id="plotly">(.*?)</script>', text)
    assert b"plotly.js v" in gzip.decompress(base64.b64decode(packed))


@pytest.mark.browser
def test_pictures_are_drawn(opened: Any, page: Path, tmp_path: Path) -> None:
    charts = all_of(opened, ".plot")
    assert len(charts) == 2, "over length and over depth"
    wait(opened, lambda b: len(all_of(b, ".plot .main-svg")) >= len(charts))
    names = [e.text for e in all_of(opened, "#tests table.map caption")]
    assert names == ["good/1", NAME, "short"], "the best first"
    ticks = {e.text for e in all_of(opened, ".plot .xtick text")}
    assert {"4k", "32k", "128k", "0 %", "100 %"} <= ticks
    lines = all_of(opened, ".plot .scatterlayer .js-line")
    assert len(lines) >= 6
    good, hostile, _ = all_of(opened, "#tests table.map")
    assert [e.text for e in good.find_elements("css selector", "td")] == ["1.00"] * 9
    marked = hostile.find_elements("css selector", "td.cut")
    assert [e.text for e in marked] == ["0.00 ✂"] * 3
    shot = tmp_path / "report.png"
    assert opened.save_screenshot(str(shot))
    assert shot.stat().st_size > 20_000


@pytest.mark.browser
def test_troubles_come_first(opened: Any) -> None:
    notice = opened.find_element("id", "trouble")
    assert "6 prompts were cut" in notice.text
    assert "6 calls failed" in notice.text
    assert "timeout × 3" in notice.text
    assert "from 128k on" in notice.text
    tops = [opened.find_element("id", name).rect["y"] for name in ("trouble", "answer", "tests")]
    assert tops == sorted(tops)
    row = all_of(opened, "#summary tbody tr")[0].text.split("\n")
    assert row[0].startswith("good/1")
    head = opened.find_element("css selector", "#summary thead").text
    assert "85.6 (RULER)" in head
    assert "50 (asked for)" in head


def shown(browser: Any) -> tuple[int, int]:
    found = re.match(r"(\d+) of (\d+)", browser.find_element("id", "cells-shown").text)
    assert found is not None
    return int(found[1]), int(found[2])


@pytest.mark.browser
def test_every_filter_filters(opened: Any) -> None:
    assert shown(opened) == (6, 27), "of the cells with something wrong"
    choose(opened, "cell-controls", "model", "short")
    assert shown(opened)[0] == 3
    choose(opened, "cell-controls", "depth", "50 %")
    assert shown(opened)[0] == 1
    choose(opened, "cell-controls", "depth", "all")
    choose(opened, "cell-controls", "length", "4k")
    assert shown(opened)[0] == 0
    choose(opened, "cell-controls", "length", "all")
    choose(opened, "cell-controls", "model", "all")
    choose(opened, "cell-controls", "flag", "truncated prompt")
    assert shown(opened)[0] == 3
    choose(opened, "cell-controls", "flag", "failed calls")
    assert shown(opened)[0] == 6
    choose(opened, "cell-controls", "test", "sim/one")
    box = opened.find_element("css selector", "#cell-controls input[type=search]")
    box.send_keys("owned 128k")
    assert shown(opened)[0] == 3, "texts of the samples are looked at"
    box.clear()
    box.send_keys("nowhere")
    assert shown(opened)[0] == 0
    box.clear()
    box.send_keys(" ")
    choose(opened, "cell-controls", "flag", "all")
    opened.find_element("css selector", "#cell-controls input[type=checkbox]").click()
    assert shown(opened)[0] == 27


@pytest.mark.browser
def test_a_cell_opens_and_its_samples_are_text(opened: Any) -> None:
    box = opened.find_element("css selector", "#cell-controls input[type=search]")
    box.send_keys("owned")
    button = all_of(opened, "#cell-list tbody button")[0]
    button.click()
    assert button.get_attribute("aria-expanded") == "true"
    samples = all_of(opened, "#cell-list .sample")
    assert len(samples) == 3
    assert HOSTILE in samples[0].text
    all_of(opened, "#cell-list tbody tr td")[0].click()
    assert not all_of(opened, "#cell-list .sample"), "the whole row opens and closes"


@pytest.mark.browser
def test_tables_sort_and_pictures_work_by_keyboard(opened: Any) -> None:
    from selenium.webdriver.common.keys import Keys

    head = all_of(opened, "#summary thead tr:last-child th")
    names = [e.text for e in head]
    model = head[0].find_element("css selector", "button")
    model.send_keys(Keys.ENTER)
    rows = [e.text for e in all_of(opened, "#summary tbody th")]
    assert rows == sorted(rows)
    assert head[0].get_attribute("aria-sort") == "ascending"
    model.send_keys(Keys.ENTER)
    assert [e.text for e in all_of(opened, "#summary tbody th")] == rows[::-1]
    assert "coverage" in names[-1]
    cells = all_of(opened, "#tests table.map")[1].find_elements("css selector", "td")
    opened.execute_script("arguments[0].focus()", cells[0])
    cells[0].send_keys(Keys.ARROW_RIGHT)
    cells[1].send_keys(Keys.ARROW_RIGHT)
    assert opened.switch_to.active_element == cells[2]
    assert "✂ 2 prompts cut" in opened.find_element("id", "tip").text
    cells[2].send_keys(Keys.ENTER)
    dialog = opened.find_element("id", "dialog")
    assert dialog.is_displayed()
    assert dialog.find_elements("css selector", ".sample")
    opened.switch_to.active_element.send_keys(Keys.ESCAPE)
    assert not dialog.is_displayed()


@pytest.mark.browser
def test_two_models_are_chosen_and_compared(opened: Any, bench: Bench) -> None:
    with connect(bench) as connection:
        pairs = {(p.model_a, p.model_b): p for p in compare_models(connection)}
    first = pairs["good/1", "short"]
    assert first.difference is not None
    choose(opened, "compare-controls", "model B", "short")
    row = all_of(opened, "#compare-body tbody tr")[0].text.replace("−", "-")
    assert f"{first.difference.value:.3f} [{first.difference.low:.3f}" in row
    assert f"{first.only_a} | {first.only_b}" in row
    choose(opened, "compare-controls", "model A", "short")
    row = all_of(opened, "#compare-body tbody tr")[0].text.replace("−", "-")
    assert f"{-first.difference.value:.3f} [{-first.difference.high:.3f}" in row
    assert f"{first.only_b} | {first.only_a}" in row
    by_length = [e.text.split("\n")[0] for e in all_of(opened, "#compare-body table.map td")]
    assert by_length[-3:] == ["0.00", "0.00", "−1.00"]


@pytest.mark.browser
def test_models_are_switched_off_and_on(opened: Any) -> None:
    chips = all_of(opened, "#legend .chip")
    assert len(chips) == 3
    chips[0].click()
    pressed = [e.get_attribute("aria-pressed") for e in all_of(opened, "#legend .chip")]
    assert pressed == ["false", "true", "true"]
    assert len(all_of(opened, "#tests table.map")) == 2


@pytest.mark.browser
def test_dark_and_light(opened: Any) -> None:
    def background() -> str:
        script = "return getComputedStyle(document.body).backgroundColor"
        found: str = opened.execute_script(script)
        return found

    def prefer(scheme: str) -> None:
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        opened.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})

    prefer("dark")
    wait(opened, lambda b: background() == "rgb(20, 24, 29)")
    prefer("light")
    wait(opened, lambda b: background() == "rgb(255, 255, 255)")
    button = opened.find_element("id", "theme")
    button.click()
    button.click()
    assert (button.text, background()) == ("Theme: dark", "rgb(20, 24, 29)")
    opened.refresh()
    assert background() == "rgb(20, 24, 29)", "the choice is kept"
    opened.find_element("id", "theme").click()


@pytest.mark.browser
def test_a_phone_scrolls_tables_not_the_page(opened: Any) -> None:
    size = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}
    opened.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        opened.refresh()
        script = "return [document.documentElement.scrollWidth, innerWidth]"
        wide, screen = opened.execute_script(script)
        assert (wide, screen) == (390, 390)
    finally:
        opened.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.mark.browser
def test_a_bench_without_outputs_gives_a_page_that_says_so(browser: Any, tmp_path: Path) -> None:
    from synthctx.generation import generate
    from synthctx.suite import Suite

    entry = {"task": "niah/single", "length": "2k"}
    document = {"name": "niah/single", "seed": 1, "tests": [entry]}
    bench = generate(Suite.from_document(document), tmp_path / "b")
    browser.get(write_report(bench, tmp_path / "r.html").as_uri())
    main = browser.find_element("css selector", "main").text
    assert "There are no outputs yet" in main
    assert browser.find_element("css selector", "h1").text == "niah/single"
    assert bench.manifest()["fingerprint"] in main
    assert [e for e in browser.get_log("browser") if e["level"] == "SEVERE"] == []


@pytest.mark.browser
def test_what_is_not_whole_is_said(browser: Any, tmp_path: Path) -> None:
    bench = Bench(tmp_path / "b")
    rows = [sample(4096, None, i, task) for task in ("t/one", "t/two") for i in range(2)]
    write_rows(bench.part("samples", 0), "samples", rows)
    for model, share in (("most", rows), ("least", rows[3:])):
        scores = [scored(row["sample_id"], model, 0.0) for row in share]
        write_rows(bench.next_model_part("scores", model), "scores", scores)
    bench.write_manifest({"suite": {"name": "x"}, "seed": 1, "status": "partial"})
    browser.get(write_report(bench, tmp_path / "r.html").as_uri())
    notices = [e.text for e in all_of(browser, ".notice")]
    assert notices[0].startswith("Not all samples are generated yet of x")
    assert "1 model has no score at all on some tests" in notices[1]
    assert "1 answer is missing on other tests: the model was not asked" in notices[1]
    assert "Nothing in the way" not in "".join(notices)
    note = browser.find_element("id", "summary-note").text
    assert note.startswith("Means are over what each model has answered")
    # all answers are wrong: a share of nothing is no length that a model holds up to
    assert "at least 4k" not in browser.find_element("id", "summary").text.replace(
        "below 4k to at least 4k", ""
    )
    assert [e for e in browser.get_log("browser") if e["level"] == "SEVERE"] == []


def test_bad_places_and_thresholds_are_named(bench: Bench, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no folder"):
        write_report(tmp_path / "none", tmp_path / "r.html")
    with pytest.raises(StoreError, match="cannot write"):
        write_report(bench, "/proc/nowhere/r.html")
    with pytest.raises(SuiteError, match="not between 0 and 1"):
        write_report(bench, tmp_path / "r.html", threshold=85.6)


@pytest.mark.browser
def test_several_benches_in_one_page(browser: Any, bench: Bench, tmp_path: Path) -> None:
    from tests.engine.test_analytics import procedures

    other = procedures(tmp_path / "other")
    page = write_report(bench, tmp_path / "r.html", more=[other])
    data = data_in(page)
    assert data["models"] == ["good/1", "m", NAME, "short"]
    assert "<title>simulated + procedures" in page.read_text(encoding="utf-8")
    browser.get(page.as_uri())
    browser.execute_script(
        "tests.forEach(part => { part.node.open = true; drawNow(part.inside); })"
    )
    shown = all_of(browser, "table[aria-label='Problems in several versions'] tbody tr")
    (found,) = [row.text.split() for row in shown if re.match(r"m \d", row.text)]
    (figures,) = [line["versions"] for line in data["lines"] if line["at"][0] == 1]
    assert found[1:3] == [f"{value:.3f}" for value in figures[:2]]
    assert found[-2:] == [str(int(value)) for value in figures[4:]]
    assert all_of(browser, "table[aria-label^='Procedures'] tbody tr")


def test_commands_of_the_page(cli: Cli, bench: Bench, tmp_path: Path) -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "report.md").read_text("utf-8")
    commands = [line for line in text.splitlines() if line.startswith("synthctx report ")]
    assert len(commands) == 3
    for name in ("bench", "other-bench"):
        (tmp_path / name).symlink_to(bench.path)
    cli(*shlex.split(commands[1])[1:])
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "<h1>Release candidate 3</h1>" in page
    assert "--threshold 0.9" in page, "the command to make it again"
    said = cli(*shlex.split(commands[2])[1:])
    assert said.out == "report: both.html\n"
    said = cli("report", "bench", "--markdown", "-", "--threshold", "0.9", code=2)
    assert "--threshold is for the HTML page" in said.err
