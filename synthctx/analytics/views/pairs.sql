-- One row for each pair of models and task: the same samples, who is right on them, and the exact McNemar test.
with answers as (
    select model, task, sample_id, avg(score) >= 0.999 as passed
    from results
    where score is not null
    group by all
),
both_answered as (
    select a.model as model_a, b.model as model_b, a.task, a.passed as a, b.passed as b
    from answers a
    join answers b on a.sample_id = b.sample_id and a.model < b.model
),
counted as (
    select model_a, model_b, task, count(*) as n,
        count(*) filter (a and b) as both,
        count(*) filter (a and not b) as only_a,
        count(*) filter (b and not a) as only_b
    from both_answered
    group by all
)
select *, (only_a - only_b) / n as difference, mcnemar(only_a, only_b) as p
from counted
