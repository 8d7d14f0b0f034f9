"""Words that no file of the project may hold. The patterns are written so that they do not find themselves."""

from __future__ import annotations

import re

from tests.house.tree import Tree

REGISTRY = re.compile(
    r"(?i)pypi\.or[g]|pythonhosted\.or[g]|registry\.npmj[s]|npmjs\.co[m]|deb\.debia[n]|archive\.ubunt[u]|artifactor[y]|codeartifac[t]|anaconda\.or[g]"
)
MACHINE_PATH = re.compile(r"(?<![\w.}>~-])/(?:wor[k]|roo[t]|far[m]|hom[e]/\w+|User[s]/\w+)/|bash_job[s]")
MAKING = re.compile(
    r"(?i)\bissues? #|\b(?:this|as|in|see|for|per|of|from|closes|fixes|resolves) issues? \d"
    r"|\b(?:AI|coding|LLM|language[- ]model) (?:agent|assistant|session)s?\b"
    r"|\bsub-?agents?\b|\b(?:another|other|previous|earlier|parallel) agents?\b|\bfiled by a sessio[n]"
    r"|\b(?:working|coding|in an earlier|in a previous|written in this) sessio[n]s?\b"
    r"|\bclaud[e]\b|\bchatgp[t]\b|\bcopilo[t]\b|\bthe brie[f] (?:says|asks|wants)\b|\.\./share[d]\b|\bthe CE[O]\b"
)
SECRET = re.compile(
    r"BEGIN (?:[A-Z]+ )*PRIVATE KE[Y]|AGE-SECRET-KEY-[1]|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{30}|\bxox[baprs]-[0-9]"
)
SECRET_FILE = re.compile(
    r"\.(?:key|pem|p12|pfx|jks)$|(?:^|/)(?:\.env|pepper|secret_key|code_key|pseudonym_key|id_[a-z0-9]+)$"
)
"""Names that only a file with a secret has: those that the server makes beside its record, and those of other tools."""
FORBIDDEN = {
    "holds a secret": SECRET,
    "names a package registry": REGISTRY,
    "names a place on one machine": MACHINE_PATH,
    "speaks of how the project was made": MAKING,
}


def no_registry_host(tree: Tree) -> list[str]:
    """Name each line with a package registry's host: where packages come from is the machine's setting."""
    return _lines_with(tree, "names a package registry")


def no_machine_path(tree: Tree) -> list[str]:
    """Name each line with an absolute path that only one machine has."""
    return _lines_with(tree, "names a place on one machine")


def no_word_of_the_making(tree: Tree) -> list[str]:
    """Name each line that speaks of how the project was made; a sign-in session and a chemotherapy agent are fine."""
    return _lines_with(tree, "speaks of how the project was made")


def no_secret_is_kept_here(tree: Tree) -> list[str]:
    """Name each file that is a key or a site's own settings, and each line that holds a private key or a token."""
    return [f"{name}: is a file of secrets" for name in tree.files if SECRET_FILE.search(name)] + _lines_with(
        tree, "holds a secret"
    )


def _lines_with(tree: Tree, fault: str) -> list[str]:
    pattern = FORBIDDEN[fault]
    ours = [name for name in tree.files if "vendor" not in name.split("/")]
    return [
        f"{place}: {fault}: {match.group()}"
        for name in ours
        for place, line in tree.lines(name)
        for match in pattern.finditer(line)
    ]
