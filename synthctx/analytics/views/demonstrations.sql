-- One row for each model, task, arrangement, length and tenth of the context: answers whose several pieces of evidence lie there on average (in a many-shot test, the demonstrations of the right label), intervals by problem.
with placed as (
    select sample_id, group_id, task, language, length, params ->> '$.order' as arrangement,
        len(evidence) as pieces,
        (rule_params ->> '$.whole_rounds')::int
            + (rule_params ->> '$.partial_round')::int / json_array_length(rule_params, '$.labels')
            as rounds,
        middle_of(evidence) as middle,
        list_max([piece.depth for piece in evidence])
            - list_min([piece.depth for piece in evidence]) as spread
    from samples
    where lies_in_places(evidence, rule_params)
),
added as (
    select a.model, p.task, p.language, p.arrangement, p.length,
        tenth_of(p.middle) as tenth, p.group_id,
        count(a.score) as n, sum(a.score) as total,
        count(*) filter (passes(a.score)) as passed,
        count(*) as rows,
        sum(p.pieces) as pieces, sum(p.spread) as spread,
        sum(p.rounds) as rounds, count(p.rounds) as with_rounds
    from answers a
    join placed p using (sample_id)
    group by all
)
select model, task, language, arrangement, length, tenth,
    sum(n)::bigint as n,
    sum(pieces) / sum(rows) as pieces,
    sum(rounds) / nullif(sum(with_rounds), 0) as rounds,
    sum(spread) / sum(rows) as spread,
    sum(total) / nullif(sum(n), 0) as mean,
    sum(passed) / nullif(sum(n), 0) as pass_rate,
    share_low(by_problem(passed, n)) as lo,
    share_high(by_problem(passed, n)) as hi
from added
group by all
