-- The cells with the lowest pass rates.
-- $task = "%": which tests, % stands for anything
-- $rows = 20: how many cells
select task, model, language, length, depth, n, scored,
    round(pass_rate, 4) as pass_rate, round(lo, 4) as lo, round(hi, 4) as hi
from cells
where task like $task and scored > 0
order by cells.pass_rate, task, model, language, length, depth
limit $rows
