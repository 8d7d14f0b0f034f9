"""What Flask compiles for each application, templates and routes, is compiled once a process: tests make hundreds of them.

Nothing is skipped: the same template and the same route give the same code.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from types import CodeType
from typing import Any

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule


class Templates(BytecodeCache):
    """Keeps code by the template's name and the checksum of its text."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self._kept[bucket.key, bucket.checksum] = bucket.code


class Route(Rule):
    """Takes what builds its address from the first route that was written like it."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        written = (self.rule, tuple(self._trace), repr(self.defaults), append_unknown)
        if written not in BUILDERS:
            BUILDERS[written] = super()._compile_builder(append_unknown)
        return BUILDERS[written]


BUILDERS: dict[tuple[Any, ...], Callable[..., tuple[str, str]]] = {}


@cache
def share() -> None:
    """From here on every application of this process is made so."""
    Flask.jinja_options = {"bytecode_cache": Templates()}
    Flask.url_rule_class = Route
