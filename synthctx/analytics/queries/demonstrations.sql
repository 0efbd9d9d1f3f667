-- Accuracy by where the demonstrations of the right label stand.
select * from demonstrations order by task, model, language, arrangement, length, tenth
