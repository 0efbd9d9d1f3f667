-- One row for each problem and model: its variants (versions) at one length and depth, whether all are right, and how far the worst falls behind the mean.
select
    model, task, language, length, depth, group_id,
    count(score) as versions,
    avg(score) as mean,
    min(score) as effective,
    avg(score) - min(score) as gap
from results
group by all
