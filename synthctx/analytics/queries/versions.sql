-- Effective accuracy and reasoning gap over versions of a problem, by cell.
select * from versions order by task, model, language, length, depth
