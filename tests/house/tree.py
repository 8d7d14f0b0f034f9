"""The tree under inspection: which files are ours, and their text."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MADE = frozenset({".git", ".venv", "data", "build", "screenshots", "test-results"})
"""Top folders that are made, not written, where there is no git to ask; `.gitignore` says the same."""


@dataclass(frozen=True)
class Tree:
    """A checkout, ours or a planted one."""

    root: Path
    """The folder that holds pyproject.toml."""

    @cached_property
    def files(self) -> list[str]:
        """Every file that is or could be committed, as a path from the root."""
        names = self._asked_of_git() if (self.root / ".git").exists() else self._walked()
        return sorted(name for name in names if (self.root / name).is_file())

    def ending(self, *suffixes: str) -> list[str]:
        """Those of our own files that end so; other people's, under `vendor`, are left out."""
        return [name for name in self.files if name.endswith(suffixes) and "vendor" not in Path(name).parts]

    def text(self, name: str) -> str | None:
        """The file's text, or None where there is none (a picture, a font, no file)."""
        try:
            return (self.root / name).read_text(encoding="utf-8")
        except (UnicodeDecodeError, FileNotFoundError):
            return None

    def lines(self, name: str) -> list[tuple[str, str]]:
        """Each line with its place, `path:number`."""
        text = self.text(name)
        return [(f"{name}:{number}", line) for number, line in enumerate((text or "").split("\n"), 1)]

    def _asked_of_git(self) -> list[str]:
        asked = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        answer = subprocess.run(asked, cwd=self.root, capture_output=True, text=True, check=True)
        return answer.stdout.split("\0")[:-1]

    def _walked(self) -> list[str]:
        found = (path.relative_to(self.root) for path in self.root.rglob("*"))
        return [path.as_posix() for path in found if path.parts[0] not in MADE and "__pycache__" not in path.parts]
