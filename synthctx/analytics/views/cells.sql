-- One row for each cell (model, task, language, length, depth): counts over all its samples, means, pass rate with its interval by problem (Wilson's where each has one sample).
with models as (
    select distinct model from scores union select distinct model from outputs
),
asked as (
    select task, language, length, depth, count(*) as n from samples group by all
),
expected as (
    select * from asked, models
),
added as (
    select a.model, s.task, s.language, s.length, s.depth, s.group_id,
        count(a.score) as scored,
        count(*) filter (a.unreadable) as unreadable,
        count(*) filter (a.failed) as failed,
        count(*) filter (a.truncated_prompt) as truncated_prompt,
        count(*) filter (passes(a.score)) as passed,
        sum(a.score) as total,
        sum(a.paper) as paper, count(a.paper) as papers,
        sum(s.floor) as floor, count(s.floor) as floors
    from answers a
    join samples s using (sample_id)
    group by all
),
found as (
    select model, task, language, length, depth,
        sum(scored)::bigint as scored,
        sum(unreadable)::bigint as unreadable,
        sum(failed)::bigint as failed,
        sum(truncated_prompt)::bigint as truncated_prompt,
        sum(passed)::bigint as passed,
        sum(total) / nullif(sum(scored), 0) as mean,
        sum(paper) / nullif(sum(papers), 0) as paper,
        sum(floor) / nullif(sum(floors), 0) as floor,
        by_problem(passed, scored) as problems
    from added
    group by all
)
select
    e.model, e.task, e.language, e.length, e.depth, e.n,
    coalesce(f.scored, 0) as scored,
    coalesce(f.scored, 0) / e.n as coverage,
    coalesce(f.unreadable, 0) as unreadable,
    coalesce(f.failed, 0) as failed,
    coalesce(f.truncated_prompt, 0) as truncated_prompt,
    f.mean, f.paper, f.passed,
    f.passed / nullif(f.scored, 0) as pass_rate,
    share_low(f.problems) as lo,
    share_high(f.problems) as hi,
    f.floor
from expected e
left join found f
    on f.model = e.model and f.task = e.task and f.language = e.language
    and f.length = e.length and f.depth is not distinct from e.depth
