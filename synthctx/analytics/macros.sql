-- Functions that the views use. Plain SQL, so that a file of views needs nothing but DuckDB.

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
