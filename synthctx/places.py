"""Where a bench lies: a folder on disk, or one in an object store such as S3.

A `RemotePath` has as much of the face of `pathlib.Path` as a bench needs, over the file
systems of pyarrow. An object is there whole or not at all: files are made on disk and sent
when they are done.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, cast
from urllib.parse import parse_qsl, unquote, urlsplit

from synthctx.errors import StoreError

if TYPE_CHECKING:
    from pyarrow import NativeFile
    from pyarrow.fs import FileSystem

_S3_OPTIONS = ("scheme", "endpoint_override", "region")
_CONNECT_SECONDS, _REQUEST_SECONDS, _ATTEMPTS = 10, 60, 4


@dataclass(frozen=True, order=True)
class RemotePath:
    """A file or folder in an object store.

    Attributes:
        key: bucket and key, "bucket/folder/file".
        root: URI of the store with its options, as the user gave them.
    """

    key: str
    root: str

    @property
    def filesystem(self) -> FileSystem:
        """Return the pyarrow file system."""
        return _filesystem(self.root)

    @property
    def name(self) -> str:
        """Return the last part of the key."""
        return PurePosixPath(self.key).name

    @property
    def stem(self) -> str:
        """Return the last part of the key without its suffix."""
        return PurePosixPath(self.key).stem

    def __truediv__(self, name: str) -> RemotePath:
        """Return the path of something in this folder."""
        return RemotePath(str(PurePosixPath(self.key) / name), self.root)

    def __str__(self) -> str:
        """Return the address without options, which may hold secrets."""
        return f"{urlsplit(self.root).scheme}://{self.key}"

    def relative_to(self, folder: RemotePath) -> PurePosixPath:
        """Return the path within a folder."""
        return PurePosixPath(self.key).relative_to(folder.key)

    def _kind(self) -> str:
        return str(self.filesystem.get_file_info(self.key).type.name)

    def exists(self) -> bool:
        """Say whether there is anything of this key."""
        return self._kind() != "NotFound"

    def is_file(self) -> bool:
        """Say whether it is an object."""
        return self._kind() == "File"

    def is_dir(self) -> bool:
        """Say whether there are objects under this key."""
        return self._kind() == "Directory"

    def iterdir(self) -> Iterator[RemotePath]:
        """Yield what is directly in the folder, in no fixed order."""
        yield from self._below(recursive=False)

    def glob(self, pattern: str) -> Iterator[RemotePath]:
        """Yield what matches a pattern such as "model=*/part-*.parquet", in no fixed order."""
        deep = "/" in pattern
        for path in self._below(recursive=deep):
            inside = path.relative_to(self)
            if len(inside.parts) == len(PurePosixPath(pattern).parts) and inside.match(pattern):
                yield path

    def _below(self, recursive: bool) -> Iterator[RemotePath]:
        from pyarrow.fs import FileSelector

        selector = FileSelector(self.key, allow_not_found=True, recursive=recursive)
        for info in self.filesystem.get_file_info(selector):
            yield RemotePath(info.path, self.root)

    def open(self, mode: str = "rb") -> NativeFile:
        """Open for reading at any position."""
        return self.filesystem.open_input_file(self.key)

    def read_text(self, encoding: str = "utf-8") -> str:
        """Return the whole as text."""
        with self.open() as file:
            return bytes(file.read()).decode(encoding)

    def upload(self, local: Path) -> None:
        """Send a finished file."""
        with local.open("rb") as file, self.filesystem.open_output_stream(self.key) as out:
            while chunk := file.read(8 << 20):
                out.write(chunk)

    def unlink(self, missing_ok: bool = False) -> None:
        """Remove the object."""
        if not missing_ok or self.exists():
            self.filesystem.delete_file(self.key)


def place_of(path: str | Path | RemotePath) -> Path:
    """Return a `Path`, or for s3://bucket/folder a `RemotePath`, which passes for one.

    Options of the store may follow as in a query: s3://bucket/folder?region=...&scheme=http&
    endpoint_override=host:port. Keys are taken from the environment, as by every S3 tool.

    Raises:
        StoreError: a URI of no bucket.
    """
    if not isinstance(path, str) or "://" not in path:
        return cast(Path, path) if isinstance(path, RemotePath) else Path(path)
    parts = urlsplit(path)
    if not parts.hostname:
        raise StoreError(f"'{path}' names no bucket: give {parts.scheme}://BUCKET/FOLDER")
    root = f"{parts.scheme}://?{parts.query}"
    return cast(Path, RemotePath(unquote(parts.netloc + parts.path).strip("/"), root))


@lru_cache(maxsize=8)
def _filesystem(root: str) -> FileSystem:
    from pyarrow import fs

    parts = urlsplit(root)
    if parts.scheme != "s3":
        raise StoreError(f"'{parts.scheme}://' is no place that a bench can lie; s3:// is")
    options = dict(parse_qsl(parts.query))
    unknown = sorted(set(options) - set(_S3_OPTIONS))
    if unknown:
        raise StoreError(f"s3:// takes {', '.join(_S3_OPTIONS)}, not {', '.join(unknown)}")
    return fs.S3FileSystem(
        connect_timeout=_CONNECT_SECONDS,
        request_timeout=_REQUEST_SECONDS,
        retry_strategy=fs.AwsStandardS3RetryStrategy(max_attempts=_ATTEMPTS),
        **options,
    )
