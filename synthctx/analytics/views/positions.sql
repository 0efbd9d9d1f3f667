-- One row for each model, task and tenth of the context: answers whose first piece of evidence lies there.
select
    model, task, least(9, floor(evidence_depth * 10))::int as tenth,
    count(score) as n,
    avg(score) as mean,
    count(*) filter (score >= 0.999) / nullif(count(score), 0) as pass_rate,
    wilson_low(count(*) filter (score >= 0.999), count(score)) as lo,
    wilson_high(count(*) filter (score >= 0.999), count(score)) as hi
from results
where evidence_depth is not null
group by all
