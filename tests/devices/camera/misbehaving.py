"""Decoders that do what a decoder must not: for the worker process, named by `module:function`."""

from __future__ import annotations

import ctypes
import os
import time

from devices.camera.seen import Request, Seen


def echo(question: object) -> object:
    return question


def memory_used_up(size: int) -> str:
    try:
        return f"had {len(bytearray(size))}"
    except MemoryError:
        return "refused"


def hangs_on_large_pictures(request: Request) -> Seen | None:
    """Hang without ever returning to Python's signal handling, as a decoder in C++ does, if the picture is large."""
    if len(request.image) > 20_000:
        ctypes.PyDLL(None).sleep(3600)
    from devices.camera.passes import look  # only in the worker: it loads the decoders

    return look(request)


def crashes(question: object) -> object:
    os.abort()


def raises(question: object) -> object:
    raise RuntimeError("decoder is broken")


def sleeps(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


def stays_alone(question: object) -> None:
    ctypes.PyDLL(None).sleep(3600)
