"""The workflows that can run: an explicit table, one file each."""

from __future__ import annotations

from workflows.library.iv_bag import IV_BAG
from workflows.steps import Workflow

LIBRARY: dict[str, Workflow] = {IV_BAG.name: IV_BAG}
"""Every workflow by name; nothing else can be opened."""
