-- One row for each model, task, language and threshold: the largest length up to which every tested mean (and every lower bound of a mean) reaches it; null is not resolved.
with figures as materialized (select * from lengths),
base as (  -- the best mean of the three shortest lengths (NoLiMa)
    select model, task, language, max(mean) as base
    from (
        select *, row_number() over (partition by model, task, language order by length) as place
        from figures
        where scored > 0
    )
    where place <= 3
    group by all
),
thresholds as (
    select model, task, language, 'absolute 0.856' as threshold, 0.856 as value from base
    union all
    select model, task, language, '0.85 of base', 0.85 * base from base
),
marked as (
    select l.*, t.threshold, t.value,
        bool_and(coalesce(l.mean >= t.value and t.value > 0, false)) over w as holds,  -- a base of 0 is none
        bool_and(coalesce(l.mean_lo >= t.value and t.value > 0, false)) over w as surely
    from figures l
    join thresholds t using (model, task, language)
    where l.scored > 0  -- a length that was never answered says nothing
    window w as (partition by l.model, l.task, l.language, t.threshold order by l.length)
)
select
    model, task, language, threshold, any_value(value) as value,
    max(length) filter (holds) as effective_length,
    max(length) filter (surely) as surely_length,
    max(length) as longest_tested
from marked
group by all
