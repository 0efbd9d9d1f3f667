-- One row for each answer that is not fully right: what was extracted, why it is wrong, and the beginning of the output.
with wrong as (
    select * from scores where score is null or not passes(score)
),
answered as (
    -- the last call is the one that was scored; only of those that are looked at
    select o.sample_id, o.model, o.attempt,
        arg_max(left(o.output, 200), o.answered_at) as output_head,
        arg_max(o.error, o.answered_at) as error
    from outputs o
    semi join wrong w
        on w.sample_id = o.sample_id and w.model = o.model and w.attempt = o.attempt
    group by all
)
select
    w.model, s.task, s.language, s.length, s.depth, w.score, w.paper, w.status, w.flags,
    s.reference, w.extracted, w.explanation, o.output_head,
    o.error, w.attempt, w.sample_id
from wrong w
join samples s using (sample_id)
left join answered o
    on o.sample_id = w.sample_id and o.model = w.model and o.attempt = w.attempt
