-- One row for each cell of problems asked in several versions: average and effective accuracy over all that was asked (a missing version is wrong), their gap and ratio.
with answered as (
    select model, task, language, length, depth, group_id, versions, effective,
        mean * versions as total
    from groups
),
asked as (
    select task, language, length, depth, count(*) as n,
        count(distinct group_id) as problems
    from samples
    group by all
),
sizes as (
    select task, language, length, depth, group_id, count(*) as versions
    from samples
    group by all
),
right_throughout as (
    select a.model, a.task, a.language, a.length, a.depth,
        sum(total) as total,
        count(*) filter (a.effective >= 0.999 and a.versions = s.versions) as whole,
        count(*) filter (a.versions = s.versions) as complete
    from answered a
    join sizes s
        on s.group_id = a.group_id and s.task = a.task and s.language = a.language
        and s.length = a.length and s.depth is not distinct from a.depth
    group by all
)
select r.model, r.task, r.language, r.length, r.depth,
    k.n / k.problems as versions, k.problems,
    k.problems - r.complete as incomplete,
    r.total / k.n as average,
    r.whole / k.problems as effective,
    r.total / k.n - r.whole / k.problems as gap,
    (r.total / k.n - r.whole / k.problems) / nullif(r.whole / k.problems, 0) as ratio
from right_throughout r
join asked k
    on k.task = r.task and k.language = r.language and k.length = r.length
    and k.depth is not distinct from r.depth
