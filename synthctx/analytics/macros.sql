-- Functions that the views use. Plain SQL, so that a file of views needs nothing but DuckDB.

-- Whether an answer passes: fully right, but for rounding
create macro passes(score) as score >= 0.999;

-- Where several pieces of evidence lie on average, 0..1, and in which tenth of the context that is;
-- one piece is enough where the places of all labels are known
create macro lies_in_places(evidence, rule_params) as
    len(evidence) > 1 or (len(evidence) = 1 and (rule_params -> '$.places') is not null);

create macro middle_of(evidence) as list_avg([piece.depth for piece in evidence]);

create macro tenth_of(middle) as least(9, floor(middle * 10))::int;

-- Wilson's score interval of a pass rate at 95 %
create macro wilson_low(passed, n) as
    case when n > 0 then greatest(0.0,
        (passed + 1.959963984540054 ** 2 / 2
            - 1.959963984540054 * sqrt(passed * (n - passed) / n + 1.959963984540054 ** 2 / 4))
        / (n + 1.959963984540054 ** 2)
    ) end;

create macro wilson_high(passed, n) as
    case when n > 0 then least(1.0,
        (passed + 1.959963984540054 ** 2 / 2
            + 1.959963984540054 * sqrt(passed * (n - passed) / n + 1.959963984540054 ** 2 / 4))
        / (n + 1.959963984540054 ** 2)
    ) end;

-- Intervals at 95 % of a share where several rows belong to one problem: Wilson's with the rows
-- divided by the design effect, and Student's critical value; docs/statistics.md, "The main table".
-- First add up by problem, then: select share_low(by_problem(passed, n)) ... group by ...
create macro by_problem(passed, n) as {
    'problems': count(*) filter (n > 0), 'rows': sum(n)::double, 'passed': sum(passed)::double,
    'rows_squared': sum(n ** 2)::double, 'passed_squared': sum(passed ** 2)::double,
    'products': sum(n * passed)::double
};

-- Student's two-sided critical value at 95 %; beyond 10 degrees of freedom by its expansion about
-- the normal one (Abramowitz and Stegun 1964, 26.7.5), right to 5 digits
create macro student(freedom) as
    case when freedom <= 10 then
        [12.706204736, 4.302652730, 3.182446305, 2.776445105, 2.570581836, 2.446911851, 2.364624252,
            2.306004135, 2.262157163, 2.228138852][freedom::int]
    else
        1.959963984540054 + 2.372271230298562 / freedom + 2.8224986157396112 / freedom ** 2
            + 2.555849679507722 / freedom ** 3 + 1.5895340533938225 / freedom ** 4
    end;

-- One more problem right throughout, one wrong throughout
create macro padded_share(p) as
    (p.passed + p.rows / p.problems) / (p.rows + 2 * p.rows / p.problems);

create macro design_effect(p) as greatest(1.0,
    (p.problems + 2) / (p.problems + 1)
    * (p.passed_squared - 2 * padded_share(p) * p.products + padded_share(p) ** 2 * p.rows_squared
        + (p.rows / p.problems) ** 2 * (padded_share(p) ** 2 + (1 - padded_share(p)) ** 2))
    / (p.rows + 2 * p.rows / p.problems)
    / (padded_share(p) * (1 - padded_share(p))));

create macro score_bound(share, n, critical, side) as
    (share + critical ** 2 / (2 * n)
        + side * critical * sqrt(share * (1 - share) / n + critical ** 2 / (4 * n ** 2)))
    / (1 + critical ** 2 / n);

create macro share_bound(p, side) as
    score_bound(p.passed / p.rows, p.rows / design_effect(p), student(p.problems - 1), side);

create macro share_low(p) as
    case when p.rows > 0 then
        case when p.problems = p.rows and p.passed_squared = p.passed
                then wilson_low(p.passed, p.rows)
            when p.problems = 1 or p.passed = 0 then 0.0
            else greatest(0.0, share_bound(p, -1)) end
    end;

create macro share_high(p) as
    case when p.rows > 0 then
        case when p.problems = p.rows and p.passed_squared = p.passed
                then wilson_high(p.passed, p.rows)
            when p.problems = 1 or p.passed = p.rows then 1.0
            else least(1.0, share_bound(p, 1)) end
    end;

-- Exact McNemar test, two-sided: twice a fair coin's tail. Binomial coefficients of up to 50 are
-- whole numbers that a double holds; beyond, their logarithms are added.
create macro mcnemar(only_a, only_b) as
    least(1.0, 2 * list_sum([
        case when only_a + only_b <= 50 then
            round(exp(lgamma(only_a + only_b + 1) - lgamma(i + 1) - lgamma(only_a + only_b - i + 1)))
            * power(0.5::double, only_a + only_b)
        else
            exp(lgamma(only_a + only_b + 1) - lgamma(i + 1) - lgamma(only_a + only_b - i + 1)
                - (only_a + only_b) * ln(2))
        end
        for i in range(0, least(only_a, only_b) + 1)
    ]));

-- Interval at 95 % of a paired difference of pass rates, half an answer added to each of four cells
create macro difference_low(only_a, only_b, n) as
    greatest(-1.0, (only_a - only_b) / (n + 2)
        - 1.959963984540054 * sqrt(only_a + only_b + 1 - (only_a - only_b) ** 2 / (n + 2)) / (n + 2));

create macro difference_high(only_a, only_b, n) as
    least(1.0, (only_a - only_b) / (n + 2)
        + 1.959963984540054 * sqrt(only_a + only_b + 1 - (only_a - only_b) ** 2 / (n + 2)) / (n + 2));
