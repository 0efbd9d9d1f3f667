-- One row for each pair of models and task: the same samples, who is right on them, the difference with its interval (samples taken for independent), and the exact McNemar test.
with numbers as materialized (
    select model, row_number() over (order by model) as number
    from (select distinct model from scores)
),
patterns as materialized (
    -- who is right on a sample, as one list of numbers: there are few different ones, so that
    -- models are paired within patterns and not within a million rows
    select task, who, count(*) as n
    from (
        select sample_id, list_sort(list(2 * number + (passes(score))::int)) as who
        from answers join numbers using (model)
        where score is not null
        group by sample_id
    )
    join samples using (sample_id)
    group by all
),
first as (select task, n, who, unnest(who) as a from patterns),
couples as (select task, n, a, unnest(who) as b from first),
counted as (
    select a // 2 as a, b // 2 as b, task,
        sum(n)::bigint as n,
        coalesce(sum(n) filter (a % 2 = 1 and b % 2 = 1), 0)::bigint as both,
        coalesce(sum(n) filter (a % 2 = 1 and b % 2 = 0), 0)::bigint as only_a,
        coalesce(sum(n) filter (a % 2 = 0 and b % 2 = 1), 0)::bigint as only_b
    from couples
    where a // 2 < b // 2
    group by all
)
select x.model as model_a, y.model as model_b, c.task, c.n, c.both, c.only_a, c.only_b,
    (c.only_a - c.only_b) / c.n as difference,
    difference_low(c.only_a, c.only_b, c.n) as lo,
    difference_high(c.only_a, c.only_b, c.n) as hi,
    mcnemar(c.only_a, c.only_b) as p
from counted c
join numbers x on x.number = c.a
join numbers y on y.number = c.b
