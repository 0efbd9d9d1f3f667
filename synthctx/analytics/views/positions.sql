-- One row for each model, task and tenth of the context: answers whose first piece of evidence lies there, with the interval of their pass rate by problem.
with added as (
    select a.model, s.task, tenth_of(s.evidence[1].depth) as tenth, s.group_id,
        count(a.score) as n,
        count(*) filter (passes(a.score)) as passed,
        sum(a.score) as total
    from answers a
    join samples s using (sample_id)
    where s.evidence[1].depth is not null
    group by all
)
select
    model, task, tenth,
    sum(n)::bigint as n,
    sum(total) / nullif(sum(n), 0) as mean,
    sum(passed) / nullif(sum(n), 0) as pass_rate,
    share_low(by_problem(passed, n)) as lo,
    share_high(by_problem(passed, n)) as hi
from added
group by all
