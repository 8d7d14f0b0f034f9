"""How long a file and a function may be, what a module may be called, and no empty rooms."""

from __future__ import annotations

import ast
from pathlib import Path, PurePosixPath

from tests.house.tree import Tree

LONGEST_FILE = 400
LONGEST_FUNCTION = 60
SAYS_NOTHING = {"util", "utils", "helper", "helpers", "manager", "managers", "service", "services"}


def files_are_short(tree: Tree) -> list[str]:
    """Name each source file of more than 400 lines."""
    sizes = {name: (tree.text(name) or "").count("\n") for name in tree.ending(".py", ".js", ".css", ".html")}
    return [f"{name}: {lines} lines, at most {LONGEST_FILE}" for name, lines in sizes.items() if lines > LONGEST_FILE]


def functions_are_short(tree: Tree) -> list[str]:
    """Name each function of more than 60 lines, docstring included."""
    faults = []
    for name in tree.ending(".py"):
        for node in ast.walk(ast.parse(tree.text(name) or "", filename=name)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > LONGEST_FUNCTION:
                    faults.append(f"{name}:{node.lineno}: {node.name} has {lines} lines, at most {LONGEST_FUNCTION}")
    return faults


def names_say_something(tree: Tree) -> list[str]:
    """Name each module or folder called utils, helpers, manager or service."""
    faults = []
    for name in tree.ending(".py"):
        for part in PurePosixPath(name).with_suffix("").parts:
            if SAYS_NOTHING & {part.lower(), part.lower().rpartition("_")[2]}:
                faults.append(f"{name}: `{part}` does not say what is in it")
    return faults


def no_package_is_empty(tree: Tree) -> list[str]:
    """Name each package that has nothing but a docstring in `__init__.py` and no module beside or below it."""
    modules = [PurePosixPath(name) for name in tree.ending(".py")]
    doors = [module for module in modules if module.name == "__init__.py"]
    return [
        f"{door.parent}: an empty room; build it when it is needed"
        for door in doors
        if not _holds_code(tree.root / door)
        and not any(door.parent in module.parents and module.name != "__init__.py" for module in modules)
    ]


def _holds_code(door: Path) -> bool:
    body = ast.parse(door.read_text(encoding="utf-8")).body
    return any(not isinstance(node, ast.Expr | ast.ImportFrom) or _imports_something(node) for node in body)


def _imports_something(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module != "__future__"
