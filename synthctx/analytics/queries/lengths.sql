-- Mean score and pass rate over length.
select task, model, language, length, n, scored, round(mean, 4) as score, round(paper, 4) as paper,
    round(pass_rate, 4) as pass_rate, round(lo, 4) as lo, round(hi, 4) as hi
from lengths
order by task, model, language, length
