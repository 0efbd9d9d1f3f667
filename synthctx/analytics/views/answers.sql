-- One row for each model and sample that was scored: its attempts counted as one answer, their scores averaged.
select model, sample_id,
    count(*) as attempts,
    avg(score) as score, avg(paper) as paper,
    bool_or(status = 'unreadable') as unreadable,
    bool_and(status = 'failed') as failed,
    bool_or(list_contains(flags, 'truncated_prompt')) as truncated_prompt
from scores
group by all
