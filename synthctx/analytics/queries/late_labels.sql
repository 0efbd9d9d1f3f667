-- How often wrong answers name labels that stand late, beside what chance would give.
select model, task, arrangement, length, wrong_labels, late_share, lo, hi, by_chance, mean_rank
from late_labels
order by task, model, language, arrangement, length
