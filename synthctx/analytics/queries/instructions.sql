-- How many answers kept to the form asked for, could be read, and repeated the wrong answer that the prompt shows as an example.
with told as (
    select distinct scorer from results where metrics['followed'] is not null
)
select r.task, r.model, r.language, r.length, count(*) as n,
    avg(coalesce(r.metrics['followed'], 0)) as followed,
    avg(coalesce(r.metrics['extractable'], 0)) as extractable,
    avg(coalesce(r.metrics['copied'], 0)) as copied,
    avg(r.score) as mean
from results r
join told using (scorer)
where r.score is not null
group by all
order by all
