-- One row for each model, task, language and length: cells added up over depths, with the intervals of pass rate and mean by problem.
with models as (
    select distinct model from scores union select distinct model from outputs
),
asked as (
    select task, language, length, count(*) as n from samples group by all
),
added as (
    select a.model, s.task, s.language, s.length, s.group_id,
        count(a.score) as scored,
        count(*) filter (a.unreadable) as unreadable,
        count(*) filter (a.failed) as failed,
        count(*) filter (a.truncated_prompt) as truncated_prompt,
        count(*) filter (passes(a.score)) as passed,
        coalesce(sum(a.score), 0) as total,
        sum(a.paper) as paper, count(a.paper) as papers
    from answers a
    join samples s using (sample_id)
    group by all
),
found as (
    select model, task, language, length,
        sum(scored)::bigint as scored,
        sum(unreadable)::bigint as unreadable,
        sum(failed)::bigint as failed,
        sum(truncated_prompt)::bigint as truncated_prompt,
        sum(passed)::bigint as passed,
        sum(total) / nullif(sum(scored), 0) as mean,
        sum(paper) / nullif(sum(papers), 0) as paper,
        by_problem(passed, scored) as passes,
        by_problem(total, scored) as totals
    from added
    group by all
)
select
    a.model, a.task, a.language, a.length, a.n,
    coalesce(f.scored, 0) as scored,
    coalesce(f.scored, 0) / a.n as coverage,
    coalesce(f.unreadable, 0) as unreadable,
    coalesce(f.failed, 0) as failed,
    coalesce(f.truncated_prompt, 0) as truncated_prompt,
    f.mean, f.paper, f.passed,
    f.passed / nullif(f.scored, 0) as pass_rate,
    share_low(f.passes) as lo,
    share_high(f.passes) as hi,
    share_low(f.totals) as mean_lo,
    share_high(f.totals) as mean_hi
from (select * from asked, models) a
left join found f using (model, task, language, length)
