-- Two models on the same samples.
select * from pairs order by task, model_a, model_b
