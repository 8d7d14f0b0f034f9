"""What ruff, mypy and import-linter find in this tree, side by side with the other tests."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import ROOT

TOOLS = {
    "style": ("ruff", "check", "."),
    "layout": ("ruff", "format", "--check", "."),
    "types": ("mypy",),
    "borders between the rooms": ("lint-imports",),
}


def _says(*command: str, folder: Path = ROOT) -> tuple[int, str]:
    program = Path(sys.executable).parent / command[0]
    run = subprocess.run(
        [str(program), *command[1:]],
        cwd=folder,
        env={**os.environ, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return run.returncode, run.stdout + run.stderr


@pytest.mark.parametrize("tool", TOOLS)
def test_the_tree_passes(tool: str) -> None:
    code, words = _says(*TOOLS[tool])
    assert code == 0, words


def test_a_tool_that_finds_something_says_so_and_where(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("import os\n", encoding="utf-8")
    code, words = _says("ruff", "check", "--config", str(ROOT / "pyproject.toml"), "a.py", folder=tmp_path)
    assert code == 1
    assert "a.py" in words
    assert "F401" in words
