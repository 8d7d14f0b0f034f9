"""The Chromium that the tests and the pictures of the screens drive."""

from __future__ import annotations

import os
from pathlib import Path

from playwright.sync_api import Browser, Playwright, expect

expect.set_options(timeout=60_000)
"""What comes at all comes within a minute, however much else this machine has to do; five seconds are Playwright's own."""

PLACES = ("/usr/bin/chromium-headless-shell", "/usr/bin/chromium", "/snap/bin/chromium")
"""Chromium without its windows first: it answers the same and takes a third less of the processor."""
ARGS = (
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
    *(("--no-sandbox",) if os.geteuid() == 0 else ()),
)
CAMERA = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")
"""A camera is there, and may be used without asking."""


def launched(playwright: Playwright, *more: str) -> Browser:
    """Start it with `more` arguments. Raises LookupError where this machine has none."""
    found = next((place for place in PLACES if Path(place).exists()), None)
    if found is None:
        raise LookupError("no Chromium is here; install one with: apt-get install chromium-headless-shell")
    return playwright.chromium.launch(executable_path=found, args=[*ARGS, *more])


def filming(playwright: Playwright, clip: Path) -> Browser:
    """Start it with a camera that plays the clip."""
    return launched(playwright, *CAMERA, f"--use-file-for-fake-video-capture={clip}")
