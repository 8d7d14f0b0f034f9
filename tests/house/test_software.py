"""Bought-in software: every package has its row, and the bill of materials names version, licence and hash of each."""

from __future__ import annotations

import json
import shutil

from tests import software
from tests.house.licences import ALLOWED, ALSO_FOR, holds
from tests.house.tree import ROOT, Tree


def test_q79_every_shipped_package_has_its_row_and_the_page_is_current():
    assert software.every_shipped_package_has_its_row(Tree(ROOT)) == []
    assert software.software_page_is_current(Tree(ROOT)) == []


def test_q79_a_package_without_a_row_and_a_row_without_a_package_are_found(tmp_path):
    (tmp_path / "docs").mkdir()
    text = (ROOT / software.LIST).read_text().replace("\nflask =", "\nflasque =")
    (tmp_path / software.LIST).write_text(text)
    for name in ("requirements.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    faults = software.every_shipped_package_has_its_row(Tree(tmp_path))
    assert [fault.split(": ")[1].split()[0] for fault in faults] == ["flask", "flasque"]
    assert software.software_page_is_current(Tree(tmp_path)) != []


def test_q78_the_bill_of_materials_names_version_supplier_licence_and_hash_of_each_package():
    bom = json.loads(software.sbom(Tree(ROOT)))
    assert (bom["bomFormat"], bom["specVersion"], bom["metadata"]["component"]["name"]) == (
        "CycloneDX",
        "1.6",
        "vialtrace",
    )
    parts = {one["name"]: one for one in bom["components"]}
    assert parts.keys() == software.listed(Tree(ROOT)).keys() - {"vialtrace"}
    lock = software.locked(Tree(ROOT))
    for name, one in parts.items():
        version, hashes = lock[name]
        said = {h["content"] for h in one["hashes"]} | {
            p["value"] for p in one["properties"] if p["name"] == "vialtrace:sha256"
        }
        assert (one["version"], said) == (version, set(hashes)), name
        licence = one["licenses"][0]
        expression = licence.get("expression") or licence["license"].get("id") or licence["license"]["name"]
        assert holds(expression, ALLOWED | ALSO_FOR.get(name, set())), (name, expression)
        assert one["supplier"]["name"]
        assert [p["value"] for p in one["properties"] if p["name"] == "vialtrace:end-of-support"] == [software.SUPPORT]
    needs = next(one for one in bom["dependencies"] if one["ref"].startswith("vialtrace@"))
    assert len(needs["dependsOn"]) == len(parts)
