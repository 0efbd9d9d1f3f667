-- One row for each cell of problems asked in several versions: average and effective accuracy over all that was asked (right is a score of 1, a missing version is wrong), their gap and ratio.
with asked as (
    select task, language, length, depth, group_id, count(*) as versions
    from samples
    group by all
),
answered as (
    select c.model, s.task, s.language, s.length, s.depth, s.group_id,
        count(c.score) as versions,
        count(*) filter (passes(c.score)) as passed
    from answers c
    join samples s using (sample_id)
    group by all
),
right_throughout as (
    select a.model, a.task, a.language, a.length, a.depth,
        sum(a.passed) as passed,
        count(*) filter (a.passed = k.versions) as whole,
        count(*) filter (a.versions = k.versions) as complete
    from answered a
    join asked k
        on k.group_id = a.group_id and k.task = a.task and k.language = a.language
        and k.length = a.length and k.depth is not distinct from a.depth
    group by all
),
cells_asked as (
    select task, language, length, depth, sum(versions) as n, count(*) as problems
    from asked
    group by all
)
select r.model, r.task, r.language, r.length, r.depth,
    k.n / k.problems as versions, k.problems,
    k.problems - r.complete as incomplete,
    r.passed / k.n as average,
    r.whole / k.problems as effective,
    r.passed / k.n - r.whole / k.problems as gap,
    (r.passed / k.n - r.whole / k.problems) / nullif(r.whole / k.problems, 0) as ratio
from right_throughout r
join cells_asked k
    on k.task = r.task and k.language = r.language and k.length = r.length
    and k.depth is not distinct from r.depth
