"""The rules of the house, on this tree and on trees with a planted fault: a check that cannot fail is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.compliance import CLINICAL, RECORD, compliance_page_is_current, rules_are_tested
from tests.house import pages, papers, shape, words
from tests.house.packages import lock_covers_pyproject, lock_has_hashes_alone
from tests.house.tree import ROOT, Tree

CHECKS = {
    check.__name__: check
    for check in (
        shape.files_are_short,
        shape.functions_are_short,
        shape.names_say_something,
        shape.no_package_is_empty,
        pages.no_foreign_address,
        pages.templates_keep_the_policy,
        pages.vendored_files_are_unchanged,
        pages.fonts_have_their_licence,
        words.no_registry_host,
        words.no_machine_path,
        words.no_word_of_the_making,
        words.no_secret_is_kept_here,
        lock_covers_pyproject,
        lock_has_hashes_alone,
        papers.named_commands_exist,
        papers.every_target_has_help,
        papers.links_lead_somewhere,
        papers.every_decision_is_listed,
        papers.threats_name_their_tests,
        papers.balance_faults_name_their_tests,
        papers.rooms_name_their_tests,
        rules_are_tested,
        compliance_page_is_current,
    )
}

HASH = "--hash=sha256:" + "0" * 64
VENDOR = pages.VENDOR
LISTED = '[[file]]\npath = "a.js"\nname = "a"\nversion = "1"\nlicence = "MIT"\nsha256 = "{}"\n'
SHA256_OF_EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

SOUND = {
    "pyproject.toml": '[project]\nname = "p"\ndependencies = ["Flask>=3.1"]\noptional-dependencies.dev = ["pytest>=9"]\n',
    "requirements.lock": f"flask==3.1.3 \\\n    {HASH}\npytest==9.2.0 ; python_version > '3' \\\n    {HASH}\n",
    "Makefile": ".DEFAULT_GOAL := help\nBIN := x\nrun: ## Run it\n\tx\ntest: run ## Test it\n\tx\nbrowser:\n\tx\n",
    "README.md": "```\nmake run\nmake test\n```\n[decisions](docs/decisions/README.md)\n",
    "docs/decisions/README.md": "[one](0001-one.md)\n",
    "docs/decisions/0001-one.md": "# One\n",
    "app/__init__.py": '"""The room."""\n',
    "app/weighing.py": '"""A vesicant agent; this session has ended; see other/project issue 253."""\nMASS = 1\n',
    "app/web/templates/a.html": '<svg xmlns="http://www.w3.org/2000/svg"></svg>\n<script type="module" src="/s.js"></script>\n',
    "app/web/static/s.js": 'fetch("http://127.0.0.1:8000/live"); // "https://" is wanted\n',
    f"{VENDOR}/a.js": "",
    f"{VENDOR}/LICENSE-a.txt": "MIT",
    f"{VENDOR}/VENDORED.toml": LISTED.format(SHA256_OF_EMPTY),
}
"""A small tree in which every check finds nothing."""

RULE = '[[rule]]\nid = "Q1"\ngroup = "g"\nsays = "s"\nshown_by = "t"\nsource = "u"\n'
LONG_FUNCTION = "def f():\n" + "    x = 1\n" * 60
OPEN = RULE + 'open = "nobody wrote it yet"\n'
PLANTED: list[tuple[str, str, str]] = [
    ("files_are_short", "app/long.py", "x = 1\n" * 401),
    ("files_are_short", "app/web/static/long.js", "x\n" * 401),
    ("functions_are_short", "tests/test_long.py", LONG_FUNCTION),
    ("functions_are_short", "app/long.py", "class A:\n" + "    async " + LONG_FUNCTION.replace("\n", "\n    ")),
    ("names_say_something", "app/utils.py", "x = 1\n"),
    ("names_say_something", "app/date_helpers.py", "x = 1\n"),
    ("names_say_something", "devices/manager/balance.py", "x = 1\n"),
    ("no_package_is_empty", "labels/__init__.py", '"""The label room."""\nfrom __future__ import annotations\n'),
    ("no_package_is_empty", "labels/__init__.py", ""),
    ("no_foreign_address", "app/web/templates/b.html", '<script src="https://cdn.example/x.js"></script>'),
    ("no_foreign_address", "app/web/templates/b.html", '<img src="//cdn.example/x.png">'),
    ("no_foreign_address", "app/web/static/b.css", "@import url(//cdn.example/x.css);"),
    ("no_foreign_address", "app/web/static/b.js", 'fetch("http://localhost.example/x")'),
    ("no_foreign_address", "hardware_mocks/panel/b.html", '<a href="http://example.org">x</a>'),
    ("templates_keep_the_policy", "app/web/templates/b.html", '<p\n  style="color:red">'),
    ("templates_keep_the_policy", "app/web/templates/b.html", "<style>p {}</style>"),
    ("templates_keep_the_policy", "app/web/templates/b.html", "<script>x()</script>"),
    ("templates_keep_the_policy", "app/web/templates/b.html", '<button onclick="x()">'),
    ("templates_keep_the_policy", "app/web/templates/b.html", '<form hx-on:submit="x()">'),
    ("templates_keep_the_policy", "app/web/templates/b.html", "<a hx-vals='js:{a: 1}'>"),
    ("vendored_files_are_unchanged", f"{VENDOR}/a.js", "changed"),
    ("vendored_files_are_unchanged", f"{VENDOR}/b.js", "not listed"),
    ("vendored_files_are_unchanged", f"{VENDOR}/VENDORED.toml", LISTED.replace("a.js", "gone.js").format("0")),
    ("vendored_files_are_unchanged", f"{VENDOR}/VENDORED.toml", LISTED.replace("MIT", "").format(SHA256_OF_EMPTY)),
    ("fonts_have_their_licence", "labels/fonts/a.ttf", ""),
    ("no_registry_host", "docs/install.md", "from https://pypi." + "org/simple"),
    ("no_registry_host", "Dockerfile", "http://deb." + "debian.org/debian"),
    ("no_machine_path", "tests/test_a.py", 'DATA = "/' + 'work/data"'),
    ("no_machine_path", "docs/a.md", "see `/" + "home/ann/x`"),
    ("no_word_of_the_making", "docs/a.md", "as issue" + " #12 asks"),
    ("no_word_of_the_making", "docs/a.md", "see issue" + " 12"),
    ("no_word_of_the_making", "app/a.py", "# left by another" + " agent"),
    ("no_word_of_the_making", "CHANGELOG.md", "Written in this" + " session."),
    ("no_secret_is_kept_here", "tests/a.py", "KEY = '-----BEGIN EC PRIVATE" + " KEY-----'"),
    ("no_secret_is_kept_here", "docs/a.md", "AGE-SECRET-KEY-" + "1QQQ"),
    ("no_secret_is_kept_here", "deploy/tls/site.key", "x"),
    ("no_secret_is_kept_here", ".env", "SITE=MAIN"),
    ("no_secret_is_kept_here", "tests/records/v0/pepper", "x"),
    ("lock_covers_pyproject", "requirements.lock", f"flask==3.1.3 {HASH}\n"),
    ("lock_covers_pyproject", "requirements.lock", f"flask==3.0.9 {HASH}\npytest==9.2.0 {HASH}\n"),
    ("lock_has_hashes_alone", "requirements.lock", f"flask==3.1.3\npytest==9.2.0 {HASH}\n"),
    ("lock_has_hashes_alone", "requirements.lock", f"--index-url x\nflask==3.1.3 {HASH}\n"),
    ("lock_has_hashes_alone", "requirements.lock", f"flask==3.1.3 {HASH} # from http://x\n"),
    ("named_commands_exist", "README.md", "`make run`"),
    ("named_commands_exist", "docs/a.md", "type `make coffee`"),
    ("named_commands_exist", "Makefile", "run: ## Run it\n"),
    ("every_target_has_help", "Makefile", "run: ## Run it\ntest: run\n\tx\n"),
    ("links_lead_somewhere", "docs/a.md", "![a screen](screenshots/gone.png)"),
    ("every_decision_is_listed", "docs/decisions/0002-two.md", "# Two\n"),
    ("rules_are_tested", RECORD.rules, RULE),
    ("rules_are_tested", CLINICAL.rules, RULE.replace("Q1", "R1")),
    ("rules_are_tested", CLINICAL.rules, OPEN.replace("Q1", "R1") + 'where = ["app/gone.py"]\n'),
    ("rules_are_tested", CLINICAL.rules, OPEN.replace("Q1", "R1") + 'where = ["app/web/base.css:gone"]\n'),
    ("rules_are_tested", "tests/test_a.py", "def test_q9_a_thing():\n    assert 1\n"),
    ("rules_are_tested", "tests/test_a.py", "def test_r99_a_thing():\n    assert 1\n"),
    ("rules_are_tested", RECORD.rules, OPEN.replace("Q1", "Q2") + RULE.replace("Q1", "Q3")),
    ("compliance_page_is_current", RECORD.page, "# Something else\n"),
    ("compliance_page_is_current", CLINICAL.page, "# Something else\n"),
    ("balance_faults_name_their_tests", papers.BALANCES, "| F1 | a plug | lost | |\n"),
    ("balance_faults_name_their_tests", papers.BALANCES, "| F1 | a plug | lost | `a/test_a.py::test_a` |\n"),
    ("threats_name_their_tests", papers.THREATS, "| T1 | S | a thief | a lock | |\n"),
    ("threats_name_their_tests", papers.THREATS, "| T1 | S | a thief | a lock | `a/test_a.py::test_a` |\n"),
    ("threats_name_their_tests", papers.THREATS, '| T1 | S | a "thief" | a lock | "a thief by night" |\n'),
    ("rooms_name_their_tests", papers.ACCEPTANCE, "| labels | order | a thing | |\n"),
    ("rooms_name_their_tests", papers.ACCEPTANCE, "| labels | order | a thing | `a/test_a.py::test_a` |\n"),
    ("every_decision_is_listed", "docs/decisions/0001-uno.md", "# One again\n"),
]


def plant(root: Path, files: dict[str, str]) -> Tree:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return Tree(root)


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS.keys())
def test_this_house_keeps_its_rules(check):
    assert check(Tree(ROOT)) == []


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS.keys())
def test_a_sound_tree_has_no_fault(check, tmp_path):
    assert check(plant(tmp_path, SOUND)) == []


@pytest.mark.parametrize(("name", "file", "text"), PLANTED, ids=[f"{n}-{f}" for n, f, _ in PLANTED])
def test_a_planted_fault_is_found(name, file, text, tmp_path):
    tree = plant(tmp_path, SOUND | {file: text})
    faults = CHECKS[name](tree)
    assert faults, f"{name} did not see {file}"
    assert all(len(fault) > 20 for fault in faults)


def test_every_check_has_its_planted_fault():
    assert {name for name, _, _ in PLANTED} == CHECKS.keys()


def test_a_vendor_folder_without_its_list_is_found(tmp_path):
    without = {name: text for name, text in SOUND.items() if not name.endswith("VENDORED.toml")}
    assert pages.vendored_files_are_unchanged(plant(tmp_path, without)) == [
        f"{VENDOR}: holds files but no VENDORED.toml"
    ]


def test_without_git_the_made_folders_are_passed_over(tmp_path):
    made = {"data/a.txt": "", ".venv/a.py": "", "app/__pycache__/a.pyc": ""}
    assert plant(tmp_path, made | {"app/data/a.txt": "", "a.py": ""}).files == ["a.py", "app/data/a.txt"]


def test_a_file_that_git_ignores_is_not_ours():
    assert not [name for name in Tree(ROOT).files if name.startswith(".venv/")]
    assert {"pyproject.toml", "Makefile", "tests/house/tree.py"} <= set(Tree(ROOT).files)
