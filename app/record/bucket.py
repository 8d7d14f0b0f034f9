"""A shelf in an S3-compatible store that several machines share: s3://bucket/prefix, through fsspec and s3fs (extra `s3`)."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

T = TypeVar("T")

TRIES = {"connect_timeout": 5, "read_timeout": 20, "retries": {"max_attempts": 3}}
"""Seconds and tries of one call, so that a store that is gone is an answer and not a wait."""


class Bucket:
    """Objects as prefix/ab/cd/<name>. What is written is read back and compared before it counts."""

    def __init__(self, url: str) -> None:
        """Use `s3://bucket/prefix`; `?endpoint=https://…` where the store is not the one that the environment names.

        Who may write is in the environment (AWS_ACCESS_KEY_ID and the like, or the machine's own role), never in a setting.
        """
        parts = urlsplit(url)
        endpoint = parse_qs(parts.query).get("endpoint", [None])[0]
        self._root = f"{parts.netloc}/{parts.path.strip('/')}".rstrip("/")
        self._fs = _connected(endpoint)

    def place(self, name: str) -> str:
        """Return where a content lies."""
        return f"{self._root}/{name[:2]}/{name[2:4]}/{name}"

    def write(self, name: str, content: bytes) -> None:
        """Write the object, and read it back; raise OSError where it is not what was written."""
        place = self.place(name)
        self._said(lambda: self._fs.pipe_file(place, content))
        if self._said(lambda: self._fs.cat_file(place)) != content:
            raise OSError(errno.EIO, "the photo store gave back something else than was written")

    def read(self, name: str) -> bytes | None:
        """Return the object's bytes, None where there is none."""
        try:
            content: bytes = self._said(lambda: self._fs.cat_file(self.place(name)))
        except FileNotFoundError:
            return None
        return content

    def has(self, name: str) -> bool:
        """Say whether there is an object of this name."""
        return bool(self._said(lambda: self._fs.exists(self.place(name))))

    def touch(self, name: str) -> None:
        """Write the object once more: a store knows no other way to make it young."""
        content = self.read(name)
        if content is not None:
            self.write(name, content)

    def remove(self, name: str) -> None:
        """Take the object away. A bucket with versions keeps the old ones: its own rules must expire them."""
        try:
            self._said(lambda: self._fs.rm_file(self.place(name)))
        except FileNotFoundError:
            return

    def older(self, before: datetime) -> Iterator[str]:
        """Yield the names of objects older than this."""
        found: dict[str, Any] = self._said(lambda: self._fs.find(self._root, detail=True))
        for place, about in sorted(found.items()):
            if about["LastModified"] < before:
                yield place.rpartition("/")[2]

    @staticmethod
    def _said(work: Callable[[], T]) -> T:
        """Turn the library's own troubles into an OSError that names no address and no key."""
        from botocore.exceptions import BotoCoreError

        try:
            return work()
        except BotoCoreError as trouble:
            raise OSError(errno.EIO, f"the photo store does not answer ({type(trouble).__name__})") from trouble


def _connected(endpoint: str | None) -> Any:
    try:
        import fsspec

        return fsspec.filesystem(  # type: ignore[no-untyped-call]  # fsspec carries no types
            "s3",
            endpoint_url=endpoint,
            config_kwargs=TRIES,
            use_listings_cache=False,
            skip_instance_cache=True,
        )
    except ImportError as missing:
        says = "photos in a bucket need the extra packages: pip install 'vialtrace[s3]'"
        raise OSError(errno.ENOPKG, says) from missing
