"""The bench folder: sharded Parquet, a manifest, a fingerprint, atomic writes."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthctx.errors import StoreError
from synthctx.jsonio import canonical, digest
from synthctx.places import RemotePath, place_of
from synthctx.tables import SCHEMA_VERSION, schema, slug

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow import NativeFile

    from synthctx.compose import Sample
    from synthctx.recipes import Recipes

FORMAT = 1
ROW_GROUP_BYTES = 16 << 20
_BATCH = 10_000  # rows that are taken up at a time
_TEXT = {"text", "prefix", "suffix", "output", "reasoning", "reference"}


@contextmanager
def atomic(path: Path) -> Iterator[Path]:
    """Give a temporary path that becomes `path` when the block ends well.

    Raises:
        StoreError: it cannot be written; names the path and the reason.
    """
    try:
        if isinstance(path, RemotePath):
            with tempfile.TemporaryDirectory(prefix="synthctx-") as folder:
                temporary = Path(folder) / path.name
                yield temporary
                path.upload(temporary)
            return
        temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            yield temporary
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(f"cannot write '{path}': {_reason(error)}") from error


def _reason(error: OSError) -> str:
    return error.strerror or _first_line(error)


@dataclass(frozen=True, slots=True)
class Written:
    """A file that was written: its rows, and the sha256 of its bytes."""

    rows: int
    sha256: str


def write_rows(path: Path, table: str, rows: Iterable[Mapping[str, Any]]) -> Written:
    """Write rows of a table to one Parquet file, atomically.

    Row groups are cut by bytes of text, so that one long row can be read alone.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = schema(table)
    plain = [f.name for f in columns if f.name not in _TEXT and not pa.types.is_nested(f.type)]
    total = 0
    with atomic(path) as temporary:
        with pq.ParquetWriter(
            temporary,
            columns,
            compression="zstd",
            compression_level=3,
            use_dictionary=plain,
            write_statistics=plain,
            write_page_checksum=True,
        ) as writer:
            for group in _groups(rows, [name for name in columns.names if name in _TEXT]):
                writer.write_table(table_of(group, table))
                total += len(group)
        sha256 = file_digest(temporary)
    return Written(total, sha256)


def _groups(
    rows: Iterable[Mapping[str, Any]], texts: list[str]
) -> Iterator[list[Mapping[str, Any]]]:
    """Yield rows in groups of so many bytes of text; one empty group when there are none."""
    group: list[Mapping[str, Any]] = []
    size, empty = 0, True
    for row in rows:
        group.append(row)
        size += sum(len(row.get(name) or "") for name in texts)
        if size >= ROW_GROUP_BYTES or len(group) >= _BATCH:
            yield group
            group, size, empty = [], 0, False
    if group or empty:
        yield group


def file_digest(path: Path) -> str:
    """Return the sha256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_rows(
    path: Path, columns: list[str] | None = None, groups: list[int] | None = None
) -> Iterator[dict[str, Any]]:
    """Yield the rows of one Parquet file, some thousands at a time.

    Raises:
        StoreError: the file is not there or is damaged; names it.
    """
    for batch in read_batches([path], columns, groups):
        yield from batch.to_pylist()


def read_batches(
    paths: Iterable[Path], columns: list[str] | None = None, groups: list[int] | None = None
) -> Iterator[pa.Table]:
    """Yield the rows of Parquet files in order, some thousands of one row group at a time.

    Raises:
        StoreError: a file is not there or is damaged; names it.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    for path in paths:
        try:
            with pq.ParquetFile(_source(path), page_checksum_verification=True) as file:
                for group in groups if groups is not None else range(file.num_row_groups):
                    for batch in file.iter_batches(_BATCH, row_groups=[group], columns=columns):
                        yield pa.Table.from_batches([batch])
        except (OSError, pa.ArrowException) as error:
            raise _unreadable(path, error) from error


def _source(path: Path) -> Path | NativeFile:
    return path.open() if isinstance(path, RemotePath) else path


def read_schema(path: Path) -> pa.Schema:
    """Return the columns of a Parquet file.

    Raises:
        StoreError: the file is not there or is damaged; names it.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.read_schema(_source(path))
    except (OSError, pa.ArrowException) as error:
        raise _unreadable(path, error) from error


def check_schema(path: Path, table: str) -> None:
    """Check that a file has the columns of its table.

    Raises:
        StoreError: it has not, or cannot be read.
    """
    if not read_schema(path).equals(schema(table)):
        raise StoreError(f"'{path}' has not the columns of the table {table}")


def _unreadable(path: Path, error: Exception) -> StoreError:
    return StoreError(f"'{path}' is not a readable Parquet file: {_first_line(error)}")


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


class Bench:
    """A bench folder.

    Args:
        path: the folder, on disk or s3://...; need not exist yet.
    """

    def __init__(self, path: str | Path | RemotePath) -> None:
        self.path = place_of(path)

    @classmethod
    def open(cls, path: str | Path | Bench) -> Bench:
        """Return a bench that is there.

        Raises:
            StoreError: no such folder, or not a bench.
        """
        bench = path if isinstance(path, Bench) else cls(path)
        try:
            if not bench.path.is_dir():
                raise StoreError(f"there is no folder '{bench.path}'")
        except OSError as error:
            raise StoreError(f"cannot read '{bench.path}': {_reason(error)}") from error
        if not bench.manifest_path.is_file():
            raise StoreError(f"'{bench.path}' is not a bench: it has no manifest.json")
        return bench

    @property
    def manifest_path(self) -> Path:
        """Return the path of manifest.json."""
        return self.path / "manifest.json"

    def manifest(self) -> dict[str, Any]:
        """Return the manifest.

        Raises:
            StoreError: it is missing or not readable.
        """
        try:
            data = json.loads(self.manifest_path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
            raise StoreError(f"'{self.manifest_path}' cannot be read: {error}") from error
        if not isinstance(data, dict) or "suite" not in data:
            raise StoreError(f"'{self.manifest_path}' is not a synthctx manifest")
        return data

    def write_manifest(self, manifest: Mapping[str, Any]) -> None:
        """Write the manifest atomically, with a digest of itself."""
        content = {k: v for k, v in manifest.items() if k != "digest"}
        content = {**content, "digest": digest(content)}
        with atomic(self.manifest_path) as temporary:
            text = json.dumps(content, indent=1, ensure_ascii=False, sort_keys=True)
            temporary.write_text(text + "\n", encoding="utf-8")

    def part(self, table: str, number: int) -> Path:
        """Return the path of a part of contexts or samples."""
        return self.path / table / f"part-{number:05d}.parquet"

    def parts(self, table: str) -> list[Path]:
        """Return the files of a table, in order."""
        pattern = "part-*.parquet" if table in ("contexts", "samples") else "model=*/part-*.parquet"
        return sorted((self.path / table).glob(pattern))

    def remove_leftovers(self) -> None:
        """Remove what killed runs left half written, once all parts are there."""
        if not isinstance(self.path, RemotePath):
            for table in ("contexts", "samples"):
                for path in (self.path / table).glob(".part-*.tmp"):
                    path.unlink(missing_ok=True)

    def models(self, table: str = "outputs") -> list[str]:
        """Return the names of the models in outputs or scores, sorted."""
        names = set()
        for path in self.parts(table):
            for row in read_rows(path, ["model"], groups=[0]):
                names.add(str(row["model"]))
                break
        return sorted(names)

    def model_parts(self, table: str, model: str) -> list[Path]:
        """Return the files of one model's outputs or scores, in order."""
        return sorted((self.path / table / f"model={slug(model)}").glob("part-*.parquet"))

    def next_model_part(self, table: str, model: str) -> Path:
        """Return the path of the next part of one model's outputs."""
        have = self.model_parts(table, model)
        number = int(have[-1].stem.removeprefix("part-")) + 1 if have else 0
        return self.path / table / f"model={slug(model)}" / f"part-{number:05d}.parquet"

    def samples(self, columns: list[str] | None = None) -> Iterator[dict[str, Any]]:
        """Yield all sample rows, without texts of contexts."""
        for path in self.parts("samples"):
            yield from read_rows(path, columns)

    @cached_property
    def recipes(self) -> Recipes:
        """Return the rows of the manifest's suite, for making contexts again."""
        from synthctx.recipes import Recipes

        return Recipes(self.manifest())

    def prompts(
        self, columns: list[str] | None = None, ids: Container[str] | None = None
    ) -> Iterator[dict[str, Any]]:
        """Yield sample rows with the context's text under "text", one part at a time.

        A context lies in the part of the same number as its samples; in a bench of recipes it
        is composed again.

        Args:
            columns: those of samples to read, all when None.
            ids: only these samples, all when None.
        """
        wanted = None if columns is None else sorted({*columns, "sample_id", "context_id"})
        for path in self.parts("samples"):
            yield from self._part_prompts(path, wanted, ids)

    def _part_prompts(
        self, path: Path, columns: list[str] | None, ids: Container[str] | None
    ) -> Iterator[dict[str, Any]]:
        texts = self.path / "contexts" / path.name
        if not texts.is_file():
            raise StoreError(
                f"'{self.path}' holds no contexts for {path.name}: a bench made of recorded "
                "outputs can be scored, queried and reported, not verified or answered"
            )
        contexts = read_rows(texts, ["context_id", "text"])
        waiting: dict[str, str | None] = {}
        for row in read_rows(path, columns):
            key = row["context_id"]
            while key not in waiting:
                found = next(contexts, None)
                if found is None:
                    raise StoreError(
                        f"'{path}': the context of sample {row['sample_id']} is missing"
                    )
                waiting = {found["context_id"]: found["text"]}
            if ids is None or row["sample_id"] in ids:
                text = waiting[key]
                if text is None:
                    text = self.recipes.text(row["sample_id"], key)
                yield {**row, "text": text}

    def fingerprint(self) -> str:
        """Return a digest of the logical rows in order of sample_id, whatever files hold them."""
        return fingerprint_of(d for path in self.parts("samples") for d in self.row_digests(path))

    def row_digests(self, path: Path) -> Iterator[tuple[str, str]]:
        """Yield sample_id and digest of every row of a part of samples, with its context."""
        columns = [f for f in schema("contexts").names if f != "text"]
        contexts = {
            r["context_id"]: r for r in read_rows(self.path / "contexts" / path.name, columns)
        }
        for row in read_rows(path):
            yield row["sample_id"], row_digest(row, contexts.get(row["context_id"]))

    def file_digests(self) -> dict[str, str]:
        """Return sha256 of every file of contexts and samples by its path in the bench."""
        return {
            f"{table}/{path.name}": file_digest(path)
            for table in ("contexts", "samples")
            for path in self.parts(table)
        }


def row_digest(sample: Mapping[str, Any], context: Mapping[str, Any] | None) -> str:
    """Return the digest of a samples row and its contexts row, without the text itself."""
    rest = None if context is None else {k: v for k, v in context.items() if k != "text"}
    return digest([sample, rest])


def fingerprint_of(digests: Iterable[tuple[str, str]]) -> str:
    """Return the fingerprint of a bench out of the digests of its rows, in any order."""
    out = hashlib.blake2b(digest_size=16)
    for sample_id, digest_of_row in sorted(digests):
        out.update(f"{sample_id} {digest_of_row}\n".encode())
    return out.hexdigest()


def sample_record(sample: Sample, canary: str) -> dict[str, Any]:
    """Return the samples row of a composed sample."""
    row, draft = sample.row, sample.draft
    return {
        "sample_id": row.sample_id,
        "group_id": row.group_id,
        "conversation_id": None,
        "turn": 0,
        "task": row.task,
        "task_version": row.task_version,
        "language": row.language,
        "seed": row.seed,
        "index": row.index,
        "version": row.version,
        "tokenizer": row.tokenizer,
        "length": row.length,
        "prompt_tokens": sample.prompt_tokens,
        "max_output_tokens": sample.max_output_tokens,
        "depth": row.depth,
        "evidence": [
            {
                "char_start": p.char_start,
                "char_end": p.char_end,
                "token_start": p.token_start,
                "depth": p.depth,
            }
            for p in sample.evidence
        ],
        "context_id": sample.context_id,
        "prefix": draft.prefix,
        "suffix": draft.suffix,
        "scorer": sample.task.rule,
        "reference": canonical(draft.reference),
        "rule_params": canonical(dict(draft.rule_params)),
        "params": canonical(dict(row.params)),
        "uniqueness": draft.uniqueness or sample.task.uniqueness,
        "floor": float(draft.floor),
        "canary": canary,
    }


def context_record(sample: Sample, recipe: bool = False) -> dict[str, Any]:
    """Return the contexts row of a composed sample; a recipe holds no text."""
    return {
        "context_id": sample.context_id,
        "text": None if recipe else sample.context,
        "tokens": sample.context_tokens,
        "characters": len(sample.context),
        "tokenizer": sample.row.tokenizer,
        "language": sample.row.language,
        "haystack": sample.haystack,
    }


@cache
def versions() -> dict[str, Any]:
    """Return what could change bytes, for the manifest."""
    from importlib.metadata import version

    names = ("synthctx", "numpy", "faker", "pyarrow", "tiktoken", "mistral-common")
    return {"schema": SCHEMA_VERSION, "format": FORMAT, **{n: version(n) for n in names}}


def table_of(rows: Sequence[Mapping[str, Any]], table: str) -> pa.Table:
    """Return rows as an Arrow table of the table's schema."""
    import pyarrow as pa

    columns = schema(table)
    arrays = [pa.array([row.get(f.name) for row in rows], type=f.type) for f in columns]
    return pa.Table.from_arrays(arrays, schema=columns)
