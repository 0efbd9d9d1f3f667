"""Whether wrong answers lean to labels whose demonstrations stand late."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from synthctx.errors import ScoreError
from synthctx.rules import Params


def places_of(params: Params, labels: Sequence[str], rule_id: str) -> dict[str, float]:
    """Return where the demonstrations of each label stand, {} where that is not said.

    Args:
        params: of the rule; `places` holds one share 0..1 for each of its `labels`.
        labels: of the params, folded.
        rule_id: for the message.

    Raises:
        ScoreError: `places` is no list of as many numbers as there are labels.
    """
    places = params.get("places")
    if places is None:
        return {}
    shares = places if isinstance(places, list | tuple) else ()
    whole = len(shares) == len(labels) > 0
    if not whole or any(isinstance(s, bool) or not isinstance(s, int | float) for s in shares):
        raise ScoreError(
            f"rule {rule_id}: places must be a number for each of the {len(labels)} labels, "
            f"got {str(places)[:200]}"
        )
    return dict(zip(labels, map(float, shares), strict=True))


def lateness(places: dict[str, float], answers: Iterable[tuple[str, str]]) -> dict[str, float]:
    """Return the metrics of the wrong labels in an answer; sums, to be added up over answers.

    Args:
        places: share of the demonstrations before those of each label.
        answers: (right, said) of each place of the answer; said may be no label at all.

    Returns:
        `wrong_labels`: how many say another label of the set. `late_labels`: how many of these
        stand in the last quarter of the labels that would be wrong. `late_by_chance`: how many
        would if wrong labels were drawn from a hat. `label_rank`: sum of the shares of wrong
        labels that stand before the one said (by chance a half each). {} without places.
    """
    if not places:
        return {}
    wrong = late = chance = rank = 0.0
    for right, said in answers:
        if said == right or said not in places:
            continue
        others = sorted(place for label, place in places.items() if label != right)
        edge = others[-max(1, len(others) // 4)]
        here = places[said]
        wrong += 1
        late += here >= edge
        chance += sum(place >= edge for place in others) / len(others)
        before = sum(place < here for place in others)
        rank += (before + sum(place == here for place in others) / 2) / len(others)
    return {
        "wrong_labels": wrong,
        "late_labels": late,
        "late_by_chance": round(chance, 6),
        "label_rank": round(rank, 6),
    }
