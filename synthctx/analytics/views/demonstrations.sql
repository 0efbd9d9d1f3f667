-- One row for each model, task, arrangement, length and tenth of the context: answers whose several pieces of evidence lie there on average (in a many-shot test, the demonstrations of the right label).
with placed as (
    select sample_id, task, language, length, params ->> '$.order' as arrangement,
        len(evidence) as pieces,
        (rule_params ->> '$.whole_rounds')::int
            + (rule_params ->> '$.partial_round')::int / json_array_length(rule_params, '$.labels')
            as rounds,
        list_avg([piece.depth for piece in evidence]) as middle,
        list_max([piece.depth for piece in evidence])
            - list_min([piece.depth for piece in evidence]) as spread
    from samples
    -- one demonstration is enough where the places of all labels are known
    where len(evidence) > 1 or (len(evidence) = 1 and (rule_params -> '$.places') is not null)
)
select a.model, p.task, p.language, p.arrangement, p.length,
    least(9, floor(p.middle * 10))::int as tenth,
    count(a.score) as n,
    avg(p.pieces) as pieces,
    avg(p.rounds) as rounds,
    avg(p.spread) as spread,
    avg(a.score) as mean,
    count(*) filter (a.score >= 0.999) / nullif(count(a.score), 0) as pass_rate,
    wilson_low(count(*) filter (a.score >= 0.999), count(a.score)) as lo,
    wilson_high(count(*) filter (a.score >= 0.999), count(a.score)) as hi
from answers a
join placed p using (sample_id)
group by all
