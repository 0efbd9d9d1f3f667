-- Mean score by task, model and depth, one column for each length.
pivot (select task, model, depth, length, round(mean, 3) as mean from cells)
on length
using any_value(mean)
order by task, model, depth
