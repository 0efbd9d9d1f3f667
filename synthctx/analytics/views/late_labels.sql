-- One row for each model, task, arrangement and length of a many-shot test: how often a wrong answer names a label whose demonstrations stand in the last quarter, beside what chance would give, interval by problem.
with answered as (
    select r.model, r.task, r.language, r.params ->> '$.order' as arrangement, r.length,
        r.group_id, r.score,
        r.metrics['wrong_labels'] as wrong,
        r.metrics['late_labels'] as late,
        r.metrics['late_by_chance'] as chance,
        r.metrics['label_rank'] as ranks
    from results r
    where r.metrics['wrong_labels'] is not null
),
added as (
    select model, task, language, arrangement, length, group_id,
        count(score) as n, sum(score) as total,
        sum(wrong) as wrong, sum(late) as late, sum(chance) as chance, sum(ranks) as ranks
    from answered
    group by all
)
select model, task, language, arrangement, length,
    sum(n)::bigint as n,
    sum(total) / nullif(sum(n), 0) as mean,
    sum(wrong)::bigint as wrong_labels,
    sum(late)::bigint as late_labels,
    sum(late) / nullif(sum(wrong), 0) as late_share,
    share_low(by_problem(late, wrong)) as lo,
    share_high(by_problem(late, wrong)) as hi,
    sum(chance) / nullif(sum(wrong), 0) as by_chance,
    sum(ranks) / nullif(sum(wrong), 0) as mean_rank
from added
group by all
