"""The two interpreters: what programs do in them, and that hostile ones end soon, with a reason."""

from __future__ import annotations

import sys
import time

import pytest

from synthctx.errors import ScoreError
from synthctx.minicpp.program import Verdict, judge
from synthctx.minilang import NotInLanguage, parse
from synthctx.minirun import run
from synthctx.rules import grade
from synthctx.scorers.code_pseudo import published_program, read_program

# ---------------------------------------------------------------- the small language


@pytest.mark.parametrize(
    ("program", "output"),
    [
        ("print(-7 // 2, -7 % 3, 2 ** 10, 1 << 4, 6 & 3, 6 | 3, 6 ^ 3)", "-4 2 1024 16 2 7 5\n"),
        ("a, b = 1, 2\na, b = b, a\nprint(a, b, a > b, not a)", "2 1 True False\n"),
        (
            "x = [3, 1, 2]\nx.sort()\nx.append(9)\nprint(x, x[-1], x[1:3])",
            "[1, 2, 3, 9] 9 [2, 3]\n",
        ),
        ("n = int(input())\nprint(sum(map(int, input().split())) + n)", "13\n"),
        (
            "def f(n):\n    if n < 2:\n        return n\n"
            "    return f(n - 1) + f(n - 2)\nprint(f(9))",
            "34\n",
        ),
        (
            "i = 0\nwhile True:\n    i += 1\n    if i == 2:\n        continue\n"
            "    if i > 3:\n        break\nprint(i)",
            "4\n",
        ),
        ("print([i * i for i in range(5) if i % 2], f'a{1 + 1}', 'x' * 3)", "[1, 9] a2 xxx\n"),
        ("g = [[0] * 2 for i in range(2)]\ng[1][0] += 5\nprint(g)", "[[0, 0], [5, 0]]\n"),
        ("print('a b'.split(), '-'.join(['p', 'q']), sep='|', end='.')", "['a', 'b']|p-q."),
        ("y = 1\ndef f():\n    return y + 1\nprint(f())", "2\n"),
    ],
)
def test_small_programs(program: str, output: str) -> None:
    outcome = run(parse(program), "3\n1 2 7\n")
    assert (outcome.output, outcome.failure) == (output, None)


@pytest.mark.parametrize(
    "program",
    [
        "import os",
        "print(().__class__.__bases__)",
        "x = [].__len__",
        "open('f')()",
        "lambda: 1",
        "@f\ndef g():\n    pass",
        "x: int = 1",
        "print(f'{1:>9999999}')",
        "print(1.5e300)",
        "exec = 1\ntry:\n    pass\nfinally:\n    pass",
        "print(" + "(" * 100 + ")" * 100 + ")",
        "x = " + "-" * 5_000 + "1",
        "if x:\n    y = 1\n" + "elif x:\n    y = 2\n" * 900,
        "x = " + "9" * 5_000,
        "x" * 100_000,
        "class A:\n    pass",
        "print = 3",
    ],
)
def test_what_is_not_in_the_small_language(program: str) -> None:
    with pytest.raises(NotInLanguage):
        parse(program)


@pytest.mark.parametrize(
    "program",
    [
        "while True:\n    pass",
        "for i in range(10 ** 18):\n    pass",
        "x = 'a'\nwhile True:\n    x += x",
        "x = [1]\nwhile True:\n    x += x",
        "x = [0] * 10 ** 9",
        "x = 'ab' * 10 ** 12",
        "x = 7\nwhile True:\n    x = x * x",
        "x = 1 << 10 ** 9",
        "x = 2 ** 10 ** 9",
        "def f(n):\n    return f(n + 1)\nf(0)",
        "x = []\nwhile True:\n    x = [x]",
        "x = [0]\nx[0] = x\nprint(x)",
        "x = [[]]\nfor i in range(300):\n    x[0] = [x[0], x[0]]\nprint(x == x)",
        "print(sum(range(10 ** 12)))",
        "x = [1]\nfor v in x:\n    x.append(v)",
        "while True:\n    print('spam' * 1000)",
        "x = ['a' * 9000]\nwhile True:\n    x = ''.join(x * 1000)",
        "print(input(), input(), input(), input())",
        "eval('1')",
        "print('%9999999d' % 1)",
        "print([1][5])",
        "print(1 // 0)",
        "print(nothing)",
        "int('x')",
    ],
)
def test_hostile_small_programs_end_with_a_reason(program: str) -> None:
    start = time.process_time()
    outcome = run(parse(program), "1\n2\n")
    assert outcome.failure
    assert len(outcome.output) <= 250_000
    assert time.process_time() - start < 2


# ---------------------------------------------------------------- C++


def verdict(program: str, given: str, output: str) -> Verdict:
    return judge(program, [(given.encode(), output.encode())])


def body(statements: str) -> str:
    return f"int main() {{ {statements} }}"


@pytest.mark.parametrize(
    ("statements", "given", "output"),
    [
        ("int a, b; cin >> a >> b; cout << a / b << a % b << endl;", "-7 2\n", "-3-1\n"),
        ("unsigned int u = 0; u--; cout << u << '\\n';", "", "4294967295\n"),
        ("int x = 3000000000LL; short s = 70000; cout << x << ' ' << s;", "", "-1294967296 4464"),
        ("long long x = 1LL << 40; cout << x * x % 1000000007 << endl;", "", ""),
        ("char c = 'a'; c += 2; cout << c << c + 1 << (char)(c + 1);", "", "c100d"),
        (
            "double d = 1; cout << d / 3 << ' ' << 1e9 << fixed << setprecision(2) << d;",
            "",
            "0.333333 1e+091.00",
        ),
        (
            'printf("%05d|%-4d|%.3f|%c|%s|%lld%%", 42, 7, 2.5, 65, "hi", 9LL);',
            "",
            "00042|7   |2.500|A|hi|9%",
        ),
        ('int a; char s[9]; scanf("%d %s", &a, s); printf("%d%s", a + 1, s);', "4 yes\n", "5yes"),
        ("int n, s = 0; while (cin >> n) s += n; cout << s;", "1 2 3\n", "6"),
        (
            "string s, t; getline(cin, s); cin >> t; cout << t + s.substr(1, 2) << s.size();",
            "a bc\nx\n",
            "x b4",
        ),
        (
            "vector<int> v; for (int i = 3; i; i--) v.push_back(i); "
            "sort(v.begin(), v.end()); for (int x : v) cout << x;",
            "",
            "123",
        ),
        (
            "map<string, int> m; string s; while (cin >> s) m[s]++; "
            "for (auto &p : m) cout << p.first << p.second;",
            "b a b\n",
            "a1b2",
        ),
        (
            "set<int> s; s.insert(4); s.insert(2); s.insert(4); cout << s.size() << *s.begin();",
            "",
            "22",
        ),
        ("priority_queue<int> q; q.push(2); q.push(9); q.pop(); cout << q.top();", "", "2"),
        ("int a[3][2]; memset(a, -1, sizeof(a)); a[1][1] = 5; cout << a[1][0] + a[1][1];", "", "4"),
        (
            "int a[] = {3, 1, 2}; do { cout << a[0]; "
            "} while (next_permutation(a, a + 3)); cout << endl;",
            "",
            "3\n",
        ),
        (
            "int x = 2; switch (x) { case 1: cout << 1; case 2: cout << 2; "
            "case 3: cout << 3; break; default: cout << 9; }",
            "",
            "23",
        ),
    ],
)
def test_cpp_programs(statements: str, given: str, output: str) -> None:
    found = verdict(body(statements), given, output or "x")
    if "LL <<" in statements:
        assert found.passed is None  # the product overflows: the language leaves it open
    elif "do {" in statements:
        assert found.passed is False
    else:
        assert found == Verdict(True, "all 1 tests pass", 1)


@pytest.mark.parametrize(
    "program",
    [
        "int main() { cout << 1 }",
        "int main() { cout << 1;",
        "int main() { cout << 1; } }",
        "int main() { } int main() { }",
        "int helper() { return 1; }",
        "int main() { if (1) else cout << 2; }",
        "int main() { cout << undeclared_thing; }",
        "int main() { long long a = 1; int b = 2; cout << max(a, b); }",
        "int main() { cout << 1; }\n```\nmore",
        "int main() { /* never closed }",
        'int main() { cout << "never closed; }',
    ],
)
def test_what_certainly_does_not_compile(program: str) -> None:
    found = verdict(program, "", "1")
    assert found.passed is False
    assert "not compile" in found.why


@pytest.mark.parametrize(
    "statements",
    [
        "int x; cout << x;",
        "int a[3] = {1}; cout << a[3];",
        "int x = 2147483647; x++; cout << x;",
        "int x = 0; cout << 1 / x;",
        "int i = 0; i = i++; cout << i;",
        "vector<int> v; cout << v[0];",
        "int *p = NULL; cout << *p;",
        "cout << (1 << 40);",
        "cout << rand();",
        'system("true"); cout << 1;',
        'freopen("f", "w", stdout); cout << 1;',
        "long double x = 1; cout << x;",
        "goto end; end: cout << 1;",
        'asm("nop"); cout << 1;',
    ],
)
def test_what_is_left_open_or_outside_is_never_guessed(statements: str) -> None:
    found = verdict(body(statements), "", "1")
    assert found.passed is None
    assert found.why


@pytest.mark.parametrize("order", ["", "- c"])
def test_an_order_that_the_language_leaves_open(order: str) -> None:
    program = "int c = 0; int next_one() { return ++c; }" + body(
        f"cout << next_one() << next_one() {order};"
    )
    assert verdict(program, "", "12").passed is None


@pytest.mark.parametrize("name", ["count", "left", "y1", "max", "prev"])
def test_a_global_that_the_library_has_too(name: str) -> None:
    assert verdict(f"int {name} = 1; " + body(f"cout << {name};"), "", "1").passed is None
    assert verdict(body(f"int {name} = 1; cout << {name};"), "", "1").passed is True


@pytest.mark.parametrize(
    "program",
    [
        body("int x = 0; while (1) x = (x + 1) % 7;"),
        body("while (1) cout << 1;"),
        body("vector<int> v; while (1) v.push_back(1);"),
        body("vector<int> v(1000000000);"),
        body('string s = "a"; while (1) s += s;'),
        body("string s(1000000, 'a'), t = s; while (1) s == t;"),
        body("string s(1000000, 'a'); while (1) s.find(\"b\");"),
        body("vector<int> v(100000); while (1) sort(v.begin(), v.end());"),
        body("int a[2000][2000]; a[0][0] = 1;"),
        body("cout << setw(1000000000) << 1;"),
        "int f(int n) { return f(n + 1) + 1; } int main() { cout << f(0); }",
        "int a[1000000000]; int main() { }",
        body("int x = " + "(" * 5_000 + "1" + ")" * 5_000 + ";"),
        body("{" * 5_000 + "}" * 5_000),
        body("int x = " + "-" * 9_000 + "1;"),
        "".join(f"#define a{i} a{i + 1} a{i + 1}\n" for i in range(40)) + body("a0"),
        body("vector<" * 3_000 + "int" + ">" * 3_000 + " x;"),
        '#include "/dev/stdin"\nint main() { }',
        "template <int N> struct A { }; int main() { }",
        body("x = 1;" * 100_000),
    ],
)
def test_hostile_cpp_ends_with_a_reason(program: str) -> None:
    limit = sys.getrecursionlimit()
    start = time.process_time()
    found = judge(program, [(b"1\n", b"never\n")], loose=True)
    assert found.passed is None
    assert found.why
    assert time.process_time() - start < 5
    assert sys.getrecursionlimit() == limit


def test_a_loop_that_certainly_never_ends() -> None:
    assert verdict(body("while (true) {}"), "", "1").passed is False
    assert verdict(body("for (;;) ;"), "", "1").passed is False


# ---------------------------------------------------------------- what is taken out


@pytest.mark.parametrize(
    ("output", "program"),
    [
        ("```cpp\na\n```", "\na\n"),
        ("x ```c++ a``` ```b```", " a``` ```b"),
        ("```cpp a", None),
        ("```CPP\na\n```", None),
        ("``` ```cpp", None),
        ("```cpp```", ""),
    ],
)
def test_the_published_fence(output: str, program: str | None) -> None:
    assert published_program(output) == program


def test_the_last_program_counts() -> None:
    assert read_program("```cpp\na\n```\nno:\n```c++\nb\n```\n```\nc\n```").strip() == "b"
    assert read_program("```\na\n```\n```\nb").strip() == "b"
    assert read_program("a\nb") == "a\nb"


@pytest.mark.parametrize(
    ("reference", "params"),
    [
        ({"program": "print(1)", "tests": []}, {}),
        ({"program": "print(1)", "tests": [[["1"]]]}, {}),
        ({"program": "print(1)", "tests": [[[], ["2"]]]}, {}),
        ({"program": "import os", "tests": [[[], None]]}, {}),
        ({"program": "int main() {}", "tests": [[[], None]]}, {"language": "cpp"}),
        ({"program": "print(1)", "tests": [[[], None]]}, {"language": "java"}),
        ({"program": "print(1)", "tests": [[[], None]]}, {"fuel": 0}),
        ("print(1)", {}),
    ],
)
def test_bad_references_and_params(reference: object, params: dict[str, object]) -> None:
    with pytest.raises(ScoreError, match="code/pseudo"):
        grade("code/pseudo", output="print(1)", reference=reference, params=params)


def test_metrics_of_lines() -> None:
    reference: dict[str, object] = {"program": "a = 1\nb = 2\nprint(a + b)", "tests": [[[], None]]}
    result = grade("code/pseudo", output="a = 1\nb = 3\nprint(a + b)", reference=reference)
    assert result.score == 0.0
    assert result.metrics["first_error_step"] == 2.0
    assert result.metrics["progress"] == pytest.approx(1 / 3)
    assert result.metrics["tests_passed"] == 0.0
