-- One row for each model, task, length and tenth of a written procedure: the answers still right when they come to it, and those whose first error lies in it; its interval takes answers for independent.
with answers as (
    select model, task, length, metrics['first_error_step'] as step, metrics['progress'] as progress
    from results
    where metrics['progress'] is not null
),
counted as (
    -- the tenth 10 is of no first error: right to the end
    select model, task, length, least(10, floor(progress * 10 + 1e-9))::int as tenth,
        count(*) as lost, median(step) as median_step
    from answers
    group by all
),
spread as (
    select model, task, length, unnest(range(0, 11))::int as tenth
    from (select distinct model, task, length from counted)
),
summed as (
    select s.model, s.task, s.length, s.tenth, coalesce(c.lost, 0) as lost, c.median_step,
        sum(coalesce(c.lost, 0)) over w as n,
        sum(coalesce(c.lost, 0)) over (w order by s.tenth rows between current row
            and unbounded following) as still_right
    from spread s
    left join counted c using (model, task, length, tenth)
    window w as (partition by s.model, s.task, s.length)
)
select model, task, length, tenth, n::bigint as n, still_right::bigint as still_right,
    lost::bigint as first_errors,
    lost / nullif(still_right, 0) as hazard,
    (still_right - lost) / n as right_after,
    wilson_low(still_right - lost, n) as lo,
    wilson_high(still_right - lost, n) as hi,
    median_step
from summed
where tenth < 10
