"""No number and no name on any page can be misread (N1, N2, N5): every page of a pharmacy at work is drawn and read."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from tests.people.cast import ANN, LEE, PAM, UNA
from tests.web.bench import Making
from tests.web.conftest import Pharmacy, sign_in_desk, sign_in_station
from tests.web.reading import misread, words_of

BY_NUMBER = (
    "/review/{0}", "/record/{0}", "/orders/{0}", "/recipes/cyclophosphamide-20-bag", "/stations/HOOD-1",
    "/hazardous-drugs/cyclophosphamide", "/quality/cases", "/balance/HOOD-1",
)  # fmt: skip
AT_STATION = (
    "/terminal/HOOD-1", "/terminal/HOOD-1/p/{0}", "/terminal/HOOD-1/p/{0}/more", "/terminal/HOOD-1/labels",
    "/terminal/HOOD-1/scale-check", "/terminal/HOOD-1/spill",
)  # fmt: skip


def drawn(client: FlaskClient, paths: list[str]) -> dict[str, list[str]]:
    """What can be misread of each page that was answered."""
    read = dict[str, list[str]]()
    for path in paths:
        with client.get(path, headers={"Accept": "text/html"}) as answer:
            if answer.status_code == 200 and answer.mimetype == "text/html":
                read[path] = misread(answer.get_data(as_text=True))
    return read


def test_n1_n2_n5_no_page_writes_a_number_or_a_name_that_can_be_misread(pharmacy: Pharmacy, checked: Making) -> None:
    rules = [rule for rule in pharmacy.app.url_map.iter_rules() if not rule.arguments and "GET" in (rule.methods or ())]
    paths = sorted(rule.rule for rule in rules) + [path.format(checked.id) for path in BY_NUMBER]
    read = dict[str, list[str]]()
    for member in (PAM, UNA, LEE):
        client = pharmacy.client()
        sign_in_desk(client, member)
        read |= drawn(client, paths)
    client = pharmacy.client()
    sign_in_station(client, ANN)
    read |= drawn(client, [path.format(checked.id) for path in AT_STATION])
    assert {path: faults for path, faults in read.items() if faults} == {}
    assert {"/review", "/board", "/quality", "/people", f"/review/{checked.id}", f"/record/{checked.id}"} <= set(read)
    assert len(read) >= 25, sorted(read)


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ("<p>give <b>5.0</b> mg</p>", "5.0 mg"),
        ("<td>.5 mL</td>", ".5"),
        ("<p>1000 mg</p>", "1000 mg"),
        ("<p>10 <span>IU</span></p>", "IU"),
        ("<p>10mg</p>", "10mg"),
        ("<h1>CYCLOPHOSPHAMIDE</h1>", "CYCLOPHOSPHAMIDE"),
        ("<p>VinCristine 2 mg</p>", "VinCristine"),
        ("<div class='x'><input value='a'>7.00 g</div>", "7.00 g"),
    ],
)
def test_what_can_be_misread_is_found(html: str, found: str) -> None:
    assert any(found in fault for fault in misread(html)), misread(html)


@pytest.mark.parametrize(
    "html",
    [
        '<p><span class="reading">52.120 g</span>', "<p>1,000 mg vinCRIStine</p>", "<p>Vincristine</p>", "<pre>5.0 mg</pre>",
        "<p>0.5 mL</p><p>.</p>", "<p>P-7F3K-2Q9X-P</p>", "<ul><li>1000</li><li>mg</li></ul>", "<p>empty pan 0.00 g</p>",
        "<p>cyclophosphamide-500mg-powder</p>",
    ],
)  # fmt: skip
def test_what_is_right_is_left_alone(html: str) -> None:
    assert misread(html) == []


def test_the_words_of_a_page_are_read_in_lines_of_its_blocks() -> None:
    assert words_of("<div>a <b>b</b>c<br>d</div><script>e</script><p>f</p>") == "a bc\nd\nf"
