-- One row for each cell (model, task, language, length, depth): counts over all its samples, means, pass rate with its Wilson interval.
with models as (
    select distinct model from scores union select distinct model from outputs
),
asked as (
    select task, language, length, depth, count(*) as n from samples group by all
),
expected as (
    select * from asked, models
),
found as (
    select a.model, s.task, s.language, s.length, s.depth,
        count(a.score) as scored,
        count(*) filter (a.unreadable) as unreadable,
        count(*) filter (a.failed) as failed,
        count(*) filter (a.truncated_prompt) as truncated_prompt,
        count(*) filter (a.score >= 0.999) as passed,
        avg(a.score) as mean,
        avg(a.paper) as paper,
        avg(s.floor) as floor
    from answers a
    join samples s using (sample_id)
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
    wilson_low(f.passed, f.scored) as lo,
    wilson_high(f.passed, f.scored) as hi,
    f.floor
from expected e
left join found f
    on f.model = e.model and f.task = e.task and f.language = e.language
    and f.length = e.length and f.depth is not distinct from e.depth
