-- One row for each model, task, arrangement and length of a many-shot test: how often a wrong answer names a label whose demonstrations stand in the last quarter, beside what chance would give.
with answered as (
    select r.model, r.task, r.language, r.params ->> '$.order' as arrangement, r.length, r.score,
        r.metrics['wrong_labels'] as wrong,
        r.metrics['late_labels'] as late,
        r.metrics['late_by_chance'] as chance,
        r.metrics['label_rank'] as ranks
    from results r
    where r.metrics['wrong_labels'] is not null
)
select model, task, language, arrangement, length,
    count(score) as n,
    avg(score) as mean,
    sum(wrong)::bigint as wrong_labels,
    sum(late)::bigint as late_labels,
    sum(late) / nullif(sum(wrong), 0) as late_share,
    wilson_low(sum(late), sum(wrong)) as lo,
    wilson_high(sum(late), sum(wrong)) as hi,
    sum(chance) / nullif(sum(wrong), 0) as by_chance,
    sum(ranks) / nullif(sum(wrong), 0) as mean_rank
from answered
group by all
