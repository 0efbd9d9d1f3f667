-- Each model on each task: counts, means and pass rate with interval.
select
    task, model, sum(n)::bigint as n, sum(scored)::bigint as scored,
    sum(unreadable)::bigint as unreadable, sum(failed)::bigint as failed,
    sum(truncated_prompt)::bigint as truncated_prompt,
    round(sum(mean * scored) / nullif(sum(scored), 0), 4) as score,
    round(sum(paper * scored) / nullif(sum(scored) filter (paper is not null), 0), 4) as paper,
    round(sum(passed) / nullif(sum(scored), 0), 4) as pass_rate,
    round(wilson_low(sum(passed), sum(scored)), 4) as lo,
    round(wilson_high(sum(passed), sum(scored)), 4) as hi
from cells
group by all
order by all
