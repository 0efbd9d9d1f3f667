-- One row for each problem and model: its variants (versions) at one length and depth, whether all are right, and how far the worst falls behind the mean.
with problems as (
    select sample_id, task, language, length, depth, group_id,
        dense_rank() over (order by task, language, length, depth, group_id) as problem
    from samples
),
named as (select any_value(columns(* exclude sample_id)) from problems group by problem),
found as (
    select c.model, p.problem,
        count(c.score) as versions, avg(c.score) as mean, min(c.score) as effective
    from answers c
    join problems p using (sample_id)
    group by all
)
select f.model, n.task, n.language, n.length, n.depth, n.group_id,
    f.versions, f.mean, f.effective,
    f.mean - f.effective as gap,
    (f.mean - f.effective) / nullif(f.effective, 0) as ratio
from found f
join named n using (problem)
