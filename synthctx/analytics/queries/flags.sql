-- How often each flag was set.
select task, model, flag, count(*) as n
from (select task, model, unnest(flags) as flag from results)
group by all
order by all
