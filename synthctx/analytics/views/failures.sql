-- One row for each answer that is not fully right: what was extracted, why it is wrong, and the beginning of the output.
select
    r.model, r.task, r.language, r.length, r.depth, r.score, r.paper, r.status, r.flags,
    s.reference, r.extracted, r.explanation, left(o.output, 200) as output_head,
    o.error, r.attempt, r.sample_id
from results r
join samples s using (sample_id)
left join (
    -- the last call is the one that was scored
    select sample_id, model, attempt,
        arg_max(output, answered_at) as output, arg_max(error, answered_at) as error
    from outputs
    group by all
) o on o.sample_id = r.sample_id and o.model = r.model and o.attempt = r.attempt
where r.score is null or r.score < 0.999
