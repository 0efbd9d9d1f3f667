"""What a marker may say, what it may not, and who is asked."""

from __future__ import annotations

import pytest

from tests.pytest_plugin.conftest import FULL, Inner

pytest_plugins = ["pytester"]


def marked(*arguments: str) -> str:
    return "import pytest\n" + "".join(
        f"@pytest.mark.synthctx({text})\ndef test_{n}(): ...\n" for n, text in enumerate(arguments)
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("task='niah/single', length='1k', at_lest=0.9", "'at_lest'. Did you mean 'at_least'?"),
        ("task='niah/singel', length='1k'", "Did you mean 'niah/single'?"),
        ("length='1k'", "'task' is missing"),
        ("task='niah/single'", "'length' is missing"),
        ("'niah/single', length='1k'", "takes names only, such as task=..., given 'niah/single'"),
        ("task='niah/single', length='1q'", "length: length '1q' is not a positive number"),
        ("task='niah/single', length='1k', at_least=90", "at_least: 90 is greater than"),
        ("task='niah/single', length='1k', at_least=0", "at_least: 0 is less than or equal to"),
        ("task='niah/single', length='1k', undecided='xfial'", "Did you mean 'xfail'?"),
        ("task='niah/single', length='1k', metric='papper'", "Did you mean 'paper'?"),
        ("task='niah/single', length='1k', params={'kye': 1}", "params.kye: task niah/single has"),
        ("task='niah/single', length='1k', haystack='prse'", "Did you mean 'prose'?"),
        ("task='niah/single', length='1k', samples=10, at_least=0.9", "at least 29 are needed"),
        ("suite='smok.yaml'", "Did you mean 'smoke.yaml'?"),
        ("suite='smoke.yaml', params={}", "'params' is said in the suite file"),
    ],
)
def test_a_marker_that_says_nonsense_is_a_usage_error(
    inner: Inner, arguments: str, said: str
) -> None:
    done = inner(marked(arguments), *FULL)
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    assert said in done.stderr.str()
    assert "test_it.py::test_0: " in done.stderr.str()
    assert "Traceback" not in done.stderr.str() + done.stdout.str()


def test_all_problems_are_said_at_once(inner: Inner) -> None:
    done = inner(marked("task='niah/single', length='x', depth=2", "length='1k'"), *FULL)
    done.stderr.fnmatch_lines(
        [
            "ERROR: test_it.py::test_0: @pytest.mark.synthctx:",
            "  length: length 'x' *",
            "  depth: depth 2 is not a share of the context between 0 and 1",
            "test_it.py::test_1: @pytest.mark.synthctx: 'task' is missing*",
        ]
    )


def test_without_a_model_tests_are_skipped(inner: Inner) -> None:
    done = inner(marked("task='niah/single', length='1k'"), "-rs")
    done.assert_outcomes(skipped=1)
    done.stdout.fnmatch_lines(["SKIPPED [[]1] test_it.py:*: no model: give --synthctx-model NAME*"])
    assert "= synthctx" not in done.stdout.str()


def test_markers_of_a_module_a_class_and_a_parameter_add_up(inner: Inner) -> None:
    done = inner(
        """
        import pytest

        pytestmark = pytest.mark.synthctx(task="niah/single", samples=3, seed=7)
        two = pytest.mark.synthctx(length="2k", samples=2)

        @pytest.mark.synthctx(length="1k")
        @pytest.mark.parametrize("n", [3, pytest.param(2, marks=two)])
        def test_lengths(synthctx_result, n):
            assert synthctx_result.asked == n
            assert {s.row.length for s in synthctx_result.samples} == {1024 * (4 - n)}
            assert {s.row.seed for s in synthctx_result.samples} == {7}
        """,
        *FULL,
    )
    done.assert_outcomes(passed=2)


def test_a_parameter_says_of_the_cell_what_no_marker_says(inner: Inner) -> None:
    done = inner(
        """
        import pytest

        one = pytest.mark.synthctx(task="niah/single", samples=2)

        @one
        @pytest.mark.parametrize("length", ["1k", 2048])
        @pytest.mark.parametrize("depth", [0, 1.0])
        @pytest.mark.parametrize("seed", [5])
        def test_cells(synthctx_result, length, depth, seed):
            (cell,) = synthctx_result.cells
            assert (cell.length, cell.depth) == ({"1k": 1024}.get(length, length), depth)
            assert synthctx_result.samples[0].row.seed == 0, "not of the cell"

        @one(length="1k")
        @pytest.mark.parametrize("length", ["2k"])
        def test_the_marker_goes_before(synthctx_result, length):
            assert synthctx_result.cells[0].length == 1024

        @pytest.mark.parametrize("n", [1, pytest.param(2, marks=one(length="1k"))])
        def test_of_which_one_is_marked(n): ...
        """,
        *FULL,
    )
    done.assert_outcomes(passed=7)
    assert "test_of_which_one_is_marked[[]1]" not in done.stdout.str()
    done.stdout.fnmatch_lines(["measured *test_it.py::test_of_which_one_is_marked[[]2]"])


OWN = """
import pytest

marker = pytest.mark.synthctx(task="niah/single", length="1k", samples=2)

class Item(pytest.Item):
    def runtest(self): ...

class File(pytest.File):
    def collect(self):
        item = Item.from_parent(self, name="one")
        item.add_marker(marker)
        yield item

def pytest_collect_file(file_path, parent):
    return File.from_parent(parent, path=file_path) if file_path.suffix == ".own" else None

def pytest_runtest_setup(item):
    if item.name == "test_late":
        item.add_marker(marker)
"""


def test_a_marker_that_would_do_nothing_is_not_passed_over(
    inner: Inner, pytester: pytest.Pytester
) -> None:
    pytester.makeconftest(OWN)
    done = inner("def test_late(): ...", *FULL)
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["test_it.py::test_late: nothing was asked: the marker must be *"])
    (pytester.path / "a.own").write_text("")
    done = inner("", *FULL)
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    assert "a.own::one: @pytest.mark.synthctx: Item is no test function" in done.stderr.str()


def test_examples_of_a_docstring_are_not_asked(inner: Inner) -> None:
    done = inner(
        '''
        """
        >>> 1 + 1
        2
        """
        import pytest

        pytestmark = pytest.mark.synthctx(task="niah/single", length="1k", samples=2)

        def test_marked(): ...
        ''',
        "--doctest-modules",
        *FULL,
    )
    done.assert_outcomes(passed=2)
    done.stdout.fnmatch_lines(["asked 2, saved 0 calls"])


def test_one_cell_has_the_samples_of_a_bench_and_several_have_problems_of_their_own(
    inner: Inner,
) -> None:
    done = inner(
        """
        import pytest
        from synthctx.api import samples

        cell = {"task": "niah/single", "length": "1k", "samples": 2, "seed": 5}

        @pytest.mark.synthctx(**cell)
        def test_one(synthctx_result):
            made = samples("niah/single", length="1k", n=2, seed=5)
            assert [s.row.sample_id for s in made] == [
                s.sample_id for s in synthctx_result.samples
            ]

        @pytest.mark.synthctx(**cell, depth=(0, 1), haystack="noise")
        def test_several(synthctx_result):
            found = synthctx_result
            assert len(found.cells) == 2 and found.asked == 4
            assert [s.row.index for s in found.samples] == [0, 0, 1, 1]
            assert len({s.expected for s in found.samples}) == 4

        @pytest.mark.synthctx(**cell, depth=[0, 1], pairing="index")
        def test_paired(synthctx_result):
            assert len({s.expected for s in synthctx_result.samples}) == 2
        """,
        *FULL,
    )
    done.assert_outcomes(passed=3)


def test_a_whole_suite_has_one_verdict(inner: Inner, pytester: pytest.Pytester) -> None:
    pytester.makefile(
        ".yaml",
        mine="seed: 4\ngate: {at_least: 0.8, confidence: 0.9}\ntests:\n"
        "  - {task: niah/single, length: [1k, 2k], samples: 30}\n",
    )
    done = inner(
        """
        import pytest

        @pytest.mark.synthctx(suite="mine.yaml")
        def test_all(synthctx_result):
            assert len(synthctx_result.cells) == 2
            assert (synthctx_result.at_least, synthctx_result.confidence) == (0.8, 0.9)

        @pytest.mark.synthctx(suite="mine.yaml", length="1k", samples=40, at_least=0.9)
        def test_changed(synthctx_result):
            assert len(synthctx_result.cells) == 1
            assert (synthctx_result.at_least, synthctx_result.planned) == (0.9, 40)

        @pytest.mark.synthctx(suite="smoke.yaml", length="1k", task="niah/single", samples=1)
        def test_shipped(synthctx_result):
            assert synthctx_result.verdict is None
        """,
        *FULL,
    )
    done.assert_outcomes(passed=3)


MODELS = {
    "a function": "return lambda prompt: get_task('niah/single').read(prompt)",
    "a name": "return 'reader:full'",
    "an object": "return Mine()",
    "a function that gives an answer": (
        "return lambda prompt: Answer(get_task('niah/single').read(prompt))"
    ),
}
CONFTEST = """
import pytest
from synthctx.models import Answer
from synthctx.tasks import get_task

class Mine:
    def answer(self, request):
        return Answer(get_task(request.task).read(request.prompt))

@pytest.fixture
def synthctx_model():
    {body}
"""


@pytest.mark.parametrize("body", MODELS.values(), ids=MODELS)
def test_a_conftest_says_who_is_asked(inner: Inner, pytester: pytest.Pytester, body: str) -> None:
    pytester.makeconftest(CONFTEST.format(body=body))
    done = inner(marked("task='niah/single', length='1k', samples=30, at_least=0.9"))
    done.assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("return lambda prompt: None", "none of 10 calls gave an answer"),
        ("return lambda prompt: None", "the function gave NoneType, not a text"),
        ("return lambda prompt: 1 / 0", "ZeroDivisionError: division by zero"),
        ("return 7", "the fixture synthctx_model gave 7; it must give a model's name"),
        ("return Mine", "it must give a model's name"),
        ("return 'raeder:full'", "unknown model 'raeder'. Did you mean 'reader'?"),
    ],
)
def test_a_model_that_cannot_be_asked_is_an_error_not_a_failure(
    inner: Inner, pytester: pytest.Pytester, body: str, said: str
) -> None:
    pytester.makeconftest(CONFTEST.format(body=body))
    done = inner(marked("task='niah/single', length='1k', samples=100"))
    done.assert_outcomes(errors=1)
    assert said in done.stdout.str()
    assert "asking.py" not in done.stdout.str(), "no traceback of the plugin"


def test_the_fixture_without_a_marker_says_what_is_missing(inner: Inner) -> None:
    done = inner("def test_it(synthctx_result): ...", *FULL)
    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines(["synthctx_result needs a marker that says what is asked: @pytest*"])


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("--synthctx-undecided=xfial", "given 'xfial'. Did you mean 'xfail'?"),
        ("--synthctx-confidence=95", "given '95', allowed is a number above 0.5"),
        ("--synthctx-confidence=nan", "given 'nan', allowed is a number above 0.5"),
        ("--synthctx-concurrency=0", "given '0', allowed is a whole number from 1"),
        ("--synthctx-max-cost=-1", "given '-1', allowed is a number above 0"),
        ("--synthctx-baseline=gone.jsonl", "there is no '"),
        ("--synthctx-record=out.txt", "ends with none of .jsonl, .parquet, .csv"),
    ],
)
def test_an_option_that_is_wrong_is_a_usage_error(inner: Inner, option: str, said: str) -> None:
    done = inner("def test_it(): ...", option)
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    assert f"{option.partition('=')[0]}: " in done.stderr.str()
    assert said in done.stderr.str()


def test_a_setting_of_the_ini_file_that_is_wrong_is_a_usage_error_too(
    inner: Inner, pytester: pytest.Pytester
) -> None:
    pytester.makeini("[pytest]\nsynthctx_confidence = 95\n")
    done = inner("def test_it(): ...")
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    assert "ini setting synthctx_confidence: given '95'" in done.stderr.str()
    pytester.makeini("[pytest]\nsynthctx_baseline = gone.jsonl\n")
    inner("def test_it(): ...").assert_outcomes(passed=1)
    done = inner(marked("task='niah/single', length='1k'"), *FULL)
    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines(["no verdict: there is no file '*gone.jsonl'"])


def test_a_length_that_is_too_short_says_what_is_needed(inner: Inner) -> None:
    done = inner(marked("task='niah/single', length=64"), *FULL)
    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines(["no verdict: task niah/single: length 64 is too short *"])


def test_options_stand_in_the_ini_file_too_and_a_marker_goes_before_them(
    inner: Inner, pytester: pytest.Pytester
) -> None:
    pytester.makeini(
        "[pytest]\nsynthctx_model = reader:full\nsynthctx_confidence = 0.9\n"
        "synthctx_concurrency = 2\n"
    )
    source = marked(
        "task='niah/single', length='1k', samples=30, at_least=0.8",
        "task='niah/single', length='1k', samples=30, at_least=0.8, confidence=0.7",
    )
    done = inner(source, "--synthctx-confidence=0.99", "--junitxml=out.xml")
    done.assert_outcomes(passed=2)
    text = (pytester.path / "out.xml").read_text()
    assert 'name="synthctx_confidence" value="0.99"' in text
    assert 'name="synthctx_confidence" value="0.7"' in text
    inner("", "--synthctx-model=").assert_outcomes(skipped=2)
