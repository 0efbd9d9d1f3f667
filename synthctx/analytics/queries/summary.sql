-- Each model on each task: counts, means and pass rate with interval.
with added as (
    select a.model, s.task, s.group_id,
        count(a.score) as scored, count(*) filter (passes(a.score)) as passed
    from answers a
    join samples s using (sample_id)
    group by all
),
found as (select task, model, by_problem(passed, scored) as problems from added group by all)
select
    task, model, sum(n)::bigint as n, sum(scored)::bigint as scored,
    sum(unreadable)::bigint as unreadable, sum(failed)::bigint as failed,
    sum(truncated_prompt)::bigint as truncated_prompt,
    round(sum(mean * scored) / nullif(sum(scored), 0), 4) as score,
    round(sum(paper * scored) / nullif(sum(scored) filter (paper is not null), 0), 4) as paper,
    round(sum(passed) / nullif(sum(scored), 0), 4) as pass_rate,
    round(share_low(any_value(problems)), 4) as lo,
    round(share_high(any_value(problems)), 4) as hi
from cells
left join found using (task, model)
group by all
order by all
