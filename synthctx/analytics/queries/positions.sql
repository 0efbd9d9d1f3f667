-- Mean score by tenth of the context that holds the evidence.
select * from positions order by task, model, tenth
