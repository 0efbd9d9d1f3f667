-- How far each model reads, under two thresholds.
select * from effective_length order by task, model, language, threshold
