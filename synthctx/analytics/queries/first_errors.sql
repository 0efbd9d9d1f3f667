-- Where written procedures first go wrong.
select * from first_errors order by task, model, length, tenth
