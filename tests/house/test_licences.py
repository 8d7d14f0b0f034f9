"""Nothing ships under a licence that was not agreed to."""

from __future__ import annotations

from importlib.metadata import PathDistribution

import pytest
from packaging.utils import canonicalize_name

from tests.house.licences import ALLOWED, holds, licences_are_allowed, shipped


def package(folder, name, *fields):
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("\n".join(["Metadata-Version: 2.4", f"Name: {name}", "Version: 1.0", *fields, ""]))
    return PathDistribution(info)


def test_every_shipped_package_has_an_allowed_licence():
    assert licences_are_allowed(shipped("vialtrace")) == []


def test_what_ships_includes_what_dependencies_need_and_leaves_the_test_tools_out():
    names = {canonicalize_name(p.name) for p in shipped("vialtrace")}
    assert {"vialtrace", "flask", "markupsafe", "cffi", "pydantic-core"} <= names
    assert not {"pytest", "playwright", "text-unidecode", "mypy"} & names


@pytest.mark.parametrize(
    "field",
    [
        "License-Expression: GPL-3.0-only",
        "License-Expression: MIT AND LGPL-2.1-or-later",
        "License-Expression: PSF-2.0",
        "Classifier: License :: OSI Approved :: GNU Affero General Public License v3",
        "License: free for non-commercial use",
        "Summary: says nothing of a licence",
    ],
)
def test_a_foreign_licence_is_found(field, tmp_path):
    assert len(licences_are_allowed([package(tmp_path, "decoy", field)])) == 1


@pytest.mark.parametrize(
    "field",
    [
        "License-Expression: MPL-2.0 AND (Apache-2.0 OR MIT)",
        "License-Expression: GPL-3.0-only OR MIT",
        "Classifier: License :: OSI Approved :: BSD License",
        "License: MIT",
    ],
)
def test_an_allowed_licence_passes(field, tmp_path):
    assert licences_are_allowed([package(tmp_path, "decoy", field)]) == []


@pytest.mark.parametrize(
    ("expression", "met"),
    [
        ("MIT", True),
        ("GPL-3.0-only", False),
        ("MIT OR GPL-3.0-only AND GPL-2.0-only", True),
        ("(MIT OR GPL-3.0-only) AND GPL-2.0-only", False),
        ("((MIT)) AND (ISC OR (GPL-2.0-only AND MIT))", True),
    ],
)
def test_an_expression_is_read_as_spdx_reads_it(expression, met):
    assert holds(expression, ALLOWED) is met
