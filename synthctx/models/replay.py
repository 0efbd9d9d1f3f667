"""Recorded outputs as a model: `replay:FILE` (Parquet, CSV or JSONL with sample_id and output)."""

from __future__ import annotations

from synthctx.errors import ModelError, SynthctxError
from synthctx.interop.tabular import read_table
from synthctx.models import MODELS, Answer, Model, Request, Settings, setting


class Replay:
    """Answers with what was recorded for the sample; a sample without a record has failed."""

    def __init__(self, outputs: dict[str, str | None]) -> None:
        self._outputs = outputs

    def answer(self, request: Request) -> Answer:
        """Return the recorded output of the request's sample."""
        if request.sample_id not in self._outputs:
            return Answer(None, finish_reason=None, error="no recorded output for this sample")
        output = self._outputs[request.sample_id]
        if output is None:
            return Answer(None, finish_reason=None, error="the recorded output is null")
        return Answer(output)


def replay(what: str, settings: Settings) -> Model:
    """Recorded answers: replay:FILE?id=COLUMN&output=COLUMN (.parquet, .csv, .jsonl).

    Raises:
        ModelError: the file cannot be read, or a column is missing.
    """
    columns = setting(settings, {"id": "sample_id", "output": "output"}, f"replay:{what}")
    if not what:
        raise ModelError("model 'replay' needs a file: replay:FILE")
    try:
        rows = read_table(what, [columns["id"], columns["output"]])
    except SynthctxError as error:
        raise ModelError(f"model 'replay:{what}': {error}") from error
    return Replay(
        {
            str(row[columns["id"]]): None
            if row[columns["output"]] is None
            else str(row[columns["output"]])
            for row in rows
        }
    )


MODELS.add("replay", replay)
