-- One row for each scored answer (model, sample, attempt): its score with what the sample is, without texts.
select
    c.model, s.task, s.language, s.length, s.depth, s.index, s.version, c.attempt,
    c.score, c.paper, c.status, c.flags, c.extracted, c.explanation, c.metrics,
    c.scorer, c.scorer_version, s.floor, s.prompt_tokens, s.max_output_tokens, s.tokenizer,
    s.seed, s.params, s.uniqueness, s.task_version,
    s.evidence[1].depth as evidence_depth, len(s.evidence) as evidence_pieces,
    s.group_id, c.sample_id
from scores c
join samples s using (sample_id)
