-- Up to which length every mean score reaches a threshold of your own.
-- $threshold = 0.856: the mean score to reach
select task, model, language,
    max(length) filter (holds) as effective_length,
    max(length) filter (surely) as surely_length,
    max(length) as longest_tested
from (
    select *,
        bool_and(mean >= $threshold) over w as holds,
        bool_and(mean_lo >= $threshold) over w as surely
    from lengths
    where scored > 0
    window w as (partition by task, model, language order by length)
)
group by all
order by all
