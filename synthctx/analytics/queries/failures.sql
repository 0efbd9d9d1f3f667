-- Answers that are not fully right, worst first.
select * from failures order by score nulls first, task, model, length, depth, sample_id
