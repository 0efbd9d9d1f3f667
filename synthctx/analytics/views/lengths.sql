-- One row for each model, task, language and length: cells added up over depths.
select
    model, task, language, length,
    sum(n)::bigint as n,
    sum(scored)::bigint as scored,
    sum(scored) / sum(n) as coverage,
    sum(unreadable)::bigint as unreadable,
    sum(failed)::bigint as failed,
    sum(truncated_prompt)::bigint as truncated_prompt,
    sum(mean * scored) / nullif(sum(scored), 0) as mean,
    sum(paper * scored) / nullif(sum(scored) filter (paper is not null), 0) as paper,
    sum(passed)::bigint as passed,
    sum(passed) / nullif(sum(scored), 0) as pass_rate,
    wilson_low(sum(passed), sum(scored)) as lo,
    wilson_high(sum(passed), sum(scored)) as hi
from cells
group by all
