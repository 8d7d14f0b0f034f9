"""The barcode rules that concern reading, one test or more each, named after them."""

from __future__ import annotations

from datetime import date

import pytest

from devices.scanner.answer import CodeAnswer
from devices.scanner.digits import gs1_check
from devices.scanner.own import check_character, from_writing
from devices.scanner.parse import parse, parse_several

TODAY = date(2026, 11, 22)
VIAL = "00363323123451"
CARTON = "10363323123458"
OTHER = "00361703309068"
GS = "\x1d"


def read(reading: str, **options: str) -> CodeAnswer:
    return parse(reading, as_of=TODAY, **options)


def error(reading: str, **options: str) -> str | None:
    answer = read(reading, **options)
    assert (answer.status == "error") == (answer.error is not None)
    return answer.error


@pytest.mark.parametrize("aim", ["]C1", "]d2", "]Q3", "]e0", "]J1"])
def test_b1_gs1_identifiers_carry_element_strings(aim: str):
    assert read(f"{aim}01{VIAL}").gtin14 == VIAL


@pytest.mark.parametrize("aim", ["]C0", "]d1", "]Q1", "]A0", "]L2", "]z3", "]E3"])
def test_b1_other_identifiers_never_do(aim: str):
    answer = read(f"{aim}01{VIAL}17271231")
    assert (answer.status, answer.gtin14, answer.text) == ("plain", None, f"01{VIAL}17271231")


@pytest.mark.parametrize("reading", [f"]D201{VIAL}", f"]c101{VIAL}", f"]Z101{VIAL}", f"]dX01{VIAL}", "]", "]d"])
def test_b2_identifiers_are_case_sensitive_and_never_guessed(reading: str):
    assert error(reading) == "AIM_UNKNOWN"


def test_b2_a_german_layout_is_named_and_not_repaired():
    answer = read(f"+d201{VIAL}17271231")
    assert (answer.error, answer.gtin14) == ("FORMAT", None)
    assert "keyboard layout" in (answer.message or "")


@pytest.mark.parametrize("number", ["96385074", "363323123451", "0363323123451", VIAL])
def test_b3_every_other_last_digit_fails_the_check(number: str):
    right = [number[:-1] + d for d in "0123456789" if gs1_check(number[:-1] + d)]
    assert right == [number]


@pytest.mark.parametrize("digit", ["３", "٣", "³", "①", "߃"])
def test_b3_other_scripts_digits_are_refused_wherever_they_stand(digit: str):
    assert error(f"]d201{VIAL[:-1]}{digit}") == "UNICODE_DIGITS"
    assert error(f"]d201{VIAL}10LOT{digit}") == "UNICODE_DIGITS"
    assert error(f"{VIAL[:-1]}{digit}") == "UNICODE_DIGITS"
    assert error(f"63323-123-4{digit}", as_="ndc") == "UNICODE_DIGITS"
    assert error(f"(01){VIAL[:-1]}{digit}", as_="hri") == "UNICODE_DIGITS"


def test_b3_other_scripts_digits_hidden_by_percent_signs_are_refused():
    assert error(f"https://id.gs1.org/01/{VIAL[:-1]}%EF%BC%91") == "UNICODE_DIGITS"


@pytest.mark.parametrize("order", [1, -1])
def test_b6_two_identities_are_refused_in_whatever_order(order: int):
    answer = parse_several([f"]d201{VIAL}", f"]C101{OTHER}"][::order], as_of=TODAY)
    assert (answer.status, answer.form, answer.error, answer.gtin14) == ("error", "several", "CONFLICT", None)


def test_b6_one_refused_code_refuses_the_burst():
    answer = parse_several([f"]d201{VIAL}", f"]C101{VIAL[:-1]}2"], as_of=TODAY)
    assert (answer.error, answer.gtin14, answer.names_product) == ("CHECK_DIGIT", None, False)


@pytest.mark.parametrize(("ai", "one", "two"), [("10", "A", "B"), ("21", "1", "2"), ("17", "271231", "280131")])
def test_b6_two_lots_serials_or_expiries_of_one_product_are_refused(ai: str, one: str, two: str):
    assert parse_several([f"]d201{VIAL}{ai}{one}", f"]d201{VIAL}{ai}{two}"], as_of=TODAY).error == "CONFLICT"


def test_b8_equal_gtins_go_together_and_keep_lot_and_expiry_of_the_matrix_code():
    answer = parse_several([f"]d201{VIAL}1727123110LOT7A", "]E00363323123451"], as_of=TODAY)
    assert (answer.gtin14, answer.lot, answer.expiry, answer.names_product) == (VIAL, "LOT7A", date(2027, 12, 31), True)


@pytest.mark.parametrize("ai", ["11", "12", "13", "15", "16"])
def test_b9_other_dates_are_not_an_expiry(ai: str):
    answer = read(f"]d201{VIAL}{ai}271231")
    assert (answer.status, answer.expiry, answer.expired) == ("ok", None, None)


def test_b9_7003_is_an_expiry_to_the_day():
    answer = read(f"]d201{VIAL}70032611221430")
    assert (answer.expiry, answer.expired) == (date(2026, 11, 22), False)
    assert error(f"]d201{VIAL}70032611222460") == "BAD_DATE"


def test_b9_the_earlier_of_17_and_7003_counts():
    assert read(f"]d201{VIAL}1727123170032701010000").expiry == date(2027, 1, 1)


@pytest.mark.parametrize(
    ("six", "last"), [("280200", date(2028, 2, 29)), ("270200", date(2027, 2, 28)), ("261100", date(2026, 11, 30))]
)
def test_b10_day_00_is_the_last_of_the_month_and_usable_through_it(six: str, last: date):
    assert read(f"]d201{VIAL}17{six}").expiry == last
    assert parse(f"]d201{VIAL}17{six}", as_of=last).expired is False
    assert parse(f"]d201{VIAL}17{six}", as_of=date.fromordinal(last.toordinal() + 1)).expired is True


@pytest.mark.parametrize(
    ("as_of", "six", "year"),
    [
        (TODAY, "760101", 2076),
        (TODAY, "770101", 1977),
        (TODAY, "991231", 1999),
        (date(2049, 1, 1), "000101", 2000),
        (date(2050, 1, 1), "000101", 2100),
        (date(2060, 1, 1), "090101", 2109),
    ],
)
def test_b11_the_century_is_chosen_from_today(as_of: date, six: str, year: int):
    assert parse(f"]d201{VIAL}17{six}", as_of=as_of).expiry == date(year, int(six[2:4]), int(six[4:]))


@pytest.mark.parametrize(
    "six", ["000000", "270000", "271300", "270230", "270229", "270431", "270132", "27O101", "27-101"]
)
def test_b12_impossible_dates_are_errors(six: str):
    assert error(f"]d201{VIAL}17{six}") == "BAD_DATE"


def test_b13_lot_and_serial_are_kept_to_the_letter():
    answer = read(f"]d201{VIAL}10-/._()a0{GS}210000aB")
    assert (answer.lot, answer.serial) == ("-/._()a0", "0000aB")


@pytest.mark.parametrize("bad", ["A B", "A#B", "A@B", "A[B", "A^B", "A`B", "A{B", "AéB", "A\x1eB"])
def test_b13_characters_outside_cset_82_are_refused(bad: str):
    assert error(f"]d201{VIAL}10{bad}") == "BAD_CHARSET"


def test_b14_the_twentieth_character_does_not_end_a_lot():
    assert read(f"]d201{VIAL}10{'A' * 20}").lot == "A" * 20
    assert error(f"]d201{VIAL}10{'A' * 20}17271231") == "BAD_LENGTH"


@pytest.mark.parametrize("tail", [f"10A{GS}{GS}17271231", f"17271231{GS}{GS}10A", f"10A{GS}{GS}"])
def test_b14_an_empty_element_is_refused(tail: str):
    assert error(f"]d201{VIAL}{tail}") == "UNKNOWN_AI"


def test_b14_one_separator_in_front_is_tolerated():
    assert read(f"]d2{GS}01{VIAL}").gtin14 == VIAL
    assert error(f"]d2{GS}") == "NO_DATA"


@pytest.mark.parametrize("swallowed", ["17271231", "21SN0001", f"01{VIAL}", "1127013117280131", "10A"])
def test_b15_a_swallowed_element_is_flagged_and_names_nothing(swallowed: str):
    start = "17271231" if swallowed.startswith("01") else f"01{VIAL}"
    answer = read(f"]d2{start}21S{swallowed}" if swallowed == "10A" else f"]d2{start}10L{swallowed}")
    assert answer.flags >= {"POSSIBLE_LOST_FNC1"}
    assert not answer.names_product


@pytest.mark.parametrize("reading", [f"01{VIAL}10L17271231{GS}", f"01{VIAL}1727123110L17271231", f"01{VIAL}1017271231"])
def test_b15_a_separator_a_known_element_or_the_whole_value_is_no_suspicion(reading: str):
    assert read(f"]d2{reading}").flags == frozenset()


def test_b16_twice_the_same_counts_once_and_twice_different_is_an_error():
    answer = read(f"]d201{VIAL}1727123117271231")
    assert answer.elements == (("01", VIAL), ("17", "271231"))
    assert error(f"]d201{VIAL}1727123117280131") == "DUPLICATE_CONFLICT"


@pytest.mark.parametrize("ai", ["04", "05", "09", "14", "18", "19", "23", "29", "38", "50", "69", "718", "700", "87"])
def test_b17_unknown_identifiers_are_errors(ai: str):
    assert error(f"]d201{VIAL}{ai}{GS}17271231") == "UNKNOWN_AI"


@pytest.mark.parametrize("separator", ["<GS>", "~029", "^]", " ", "|", "\\x1d", "␝"])
def test_b18_a_separator_in_words_counts_only_by_the_scanners_profile(separator: str):
    reading = f"]d201{VIAL}10LOT{separator}17271231"
    assert read(reading).expiry is None
    assert read(reading, gs=separator).expiry == date(2027, 12, 31)


@pytest.mark.parametrize("suffix", ["\r", "\n", "\r\n", "\t"])
def test_b19_only_cr_lf_and_tab_are_a_suffix(suffix: str):
    assert read(f"]d201{VIAL}10LOT{suffix}").lot == "LOT"


@pytest.mark.parametrize("kept", ["\x1c", "\x1e", "\x1f", "\x0b", "\x85", " "])
def test_b19_other_blanks_are_data(kept: str):
    assert error(f"]d201{VIAL}10LOT{kept}") == "BAD_CHARSET"


def test_b21_a_code_without_gtin_is_never_joined():
    answer = parse_several([f"]e001{VIAL}", "]d21727123110LOT7A"], as_of=TODAY)
    assert (answer.lot, answer.expiry, answer.flags) == (None, None, {"UNATTACHED_CODE"})
    assert not answer.names_product


@pytest.mark.parametrize("data", [f"02{VIAL}3710", "00373400306809981733", "42095747", "8003012345678901281"])
def test_b22_shipping_numbers_name_nothing(data: str):
    answer = read(f"]C1{data}")
    assert (answer.gtin14, answer.names_product) == (None, False)


@pytest.mark.parametrize("data", [f"02{VIAL}", "3710", f"01{VIAL}3710"])
def test_b22_half_a_shipping_label_is_refused(data: str):
    assert error(f"]C1{data}") == "MISSING_REQUISITE_AI"


def test_b23_a_carton_is_another_gtin_and_a_variable_measure_is_blocked():
    assert (read(f"]d201{CARTON}").flags, read(f"]d201{CARTON}").gtin14) == ({"CASE_LEVEL_GTIN"}, CARTON)
    answer = read("]C10190363323123454")
    assert (answer.flags, answer.names_product) == ({"VARIABLE_MEASURE"}, False)


@pytest.mark.parametrize("body", ["200000000001", "020000000001", "040000000001", "290000000001"])
def test_b24_restricted_numbers_never_name_a_product(body: str):
    number = next(body + d for d in "0123456789" if gs1_check(body + d))
    for answer in (read(f"]E0{number}"), read(f"]d2010{number}"), read(number)):
        assert (answer.status, answer.flags, answer.names_product) == ("ok", {"RCN_NOT_TRADE_ITEM"}, False)


def test_b24_short_numbers_of_a_shop():
    assert read("]E420000004").flags == {"RCN_NOT_TRADE_ITEM"}


def test_r18_b25_a_gtin_gives_three_ndc_forms_and_chooses_none():
    answer = read(f"]d201{VIAL}")
    assert (answer.ndc10, answer.ndc11_candidates) == ("6332312345", ("06332312345", "63323012345", "63323123405"))
    assert read("]d20103400930000120").ndc11_candidates == ()


@pytest.mark.parametrize("digits", ["1234567", "12345678", "123456789", "1234567890123"])
def test_b26_short_ndcs_are_refused_and_never_padded(digits: str):
    assert error(digits, as_="ndc") == "BAD_LENGTH"


@pytest.mark.parametrize("typed", ["1234-567-89", "12345-67-890", "12-3456", "12345--6789", "-12345-678-90", "1-2-3-4"])
def test_b26_other_segments_are_refused(typed: str):
    assert error(typed, as_="ndc") == "FORMAT"


def test_b27_twelve_digits_are_an_ndc_only_where_an_ndc_was_asked_for():
    assert read("363323123451").form == "retail"
    typed = read("061703030906", as_="ndc")
    assert (typed.form, typed.gtin14, typed.ndc_formats) == ("ndc", None, ("6-4-2",))


@pytest.mark.parametrize(
    ("eight", "gtin14", "candidates"),
    [
        ("96385074", None, ("00000096385074",)),  # EAN-8, or AI 96
        ("04252614", "00042100005264", ()),  # UPC-E only
        ("01234565", None, ("00000001234565", "00012345000065")),  # both check digits are right
    ],
)
def test_b29_eight_bare_digits_settle_nothing_when_two_readings_fit(
    eight: str, gtin14: str | None, candidates: tuple[str, ...]
):
    answer = read(eight)
    assert (answer.gtin14, answer.gtin14_candidates) == (gtin14, candidates)
    assert answer.names_product == (gtin14 is not None)


def test_b29_no_number_of_eight_digits_names_a_product_in_two_ways():
    for number in range(0, 100_000_000, 12_347):
        eight = f"{number:08d}"
        answer = read(eight)
        ean_8, as_elements = gs1_check(eight), read(eight, as_="gs1").status == "ok"
        if ean_8 and as_elements:
            assert (answer.flags, answer.gtin14) == ({"AMBIGUOUS"}, None)
        if answer.gtin14:
            assert not as_elements


def test_b29_the_identifier_settles_eight_digits():
    assert (read("]E496385074").gtin14, read("]E496385074").flags) == ("00000096385074", frozenset())


def test_b30_upc_a_and_its_thirteen_digit_form_are_one_gtin():
    assert read("363323123451").gtin14 == read("]E00363323123451").gtin14 == VIAL


@pytest.mark.parametrize("digits", ["1334", "216736", "2167361334", "036332312345", "0363323123451"])
def test_b32_itf_counts_with_fourteen_digits_only(digits: str):
    assert error(f"]I0{digits}") == "BAD_LENGTH"


OWN = "%VT-F-4M8D0ZRWP-1%"


@pytest.mark.parametrize(
    "half", [OWN[:-1], OWN[:-2], OWN[:12], "%VT-", OWN.lower(), OWN + "X", "%VT-X-4M8D0ZRWP%", "%VT-C-%"]
)
def test_b40_part_of_our_code_is_no_code(half: str):
    assert error(half) == "FORMAT"


def test_b40_every_single_error_in_an_id_is_found():
    for place in range(6, 14):
        for letter in "0123456789ABCDEFGHJKMNPQRSTVWXYZ":
            changed = OWN[:place] + letter + OWN[place + 1 :]
            assert (error(f"]d1{changed}") == "CHECK_DIGIT") == (changed != OWN)


@pytest.mark.parametrize(
    ("text", "check"),
    [("A12425GABC1234002", "M"), ("4M8D0ZRW", "P"), ("9T4W1XKD", "T"), ("0", "2"), ("00", "4")],
    ids=["a published GRid", "a label", "a unit", "one zero by hand", "two zeros by hand"],
)
def test_b40_the_check_character_is_that_of_iso_7064(text: str, check: str):
    assert check_character(text) == check


def test_b40_our_codes_are_refused_under_a_gs1_identifier():
    assert error(f"]d2{OWN}") == "NOT_GS1"
    assert error(f"]E0{OWN}") == "BAD_LENGTH"


def test_b40_a_card_carries_a_word():
    own = read("]d1%VT-C-NEXT%").own
    assert own is not None
    assert own.to_json() == {"kind": "C", "word": "NEXT"}


@pytest.mark.parametrize(
    ("address", "wrong"),
    [
        (f"https://example.com/?x=/01/{VIAL}", "FORMAT"),
        (f"https://example.com/x01/{VIAL}", "FORMAT"),
        (f"https://example.com/01/{VIAL}/21/S/10/L", "FORMAT"),
        (f"https://example.com/01/{VIAL}/", "FORMAT"),
        (f"https://example.com/01/{VIAL[1:]}", "BAD_LENGTH"),
        (f"https://example.com/01/{VIAL}?17=270230", "BAD_DATE"),
        (f"https://example.com/01/{VIAL}/10/A%1DB", "BAD_CHARSET"),
    ],
)
def test_b41_only_a_gs1_address_is_read(address: str, wrong: str):
    assert error(address) == wrong


def test_b41_a_lot_named_01_is_a_lot():
    answer = read(f"https://example.com/01/{VIAL}/10/01/21/S1")
    assert (answer.gtin14, answer.lot, answer.serial) == (VIAL, "01", "S1")


def test_b42_nothing_is_kept_between_scans():
    assert read(f"]d201{VIAL}1727123110LOT7A").lot == "LOT7A"
    after = read(f"]e001{OTHER}")
    assert (after.gtin14, after.lot, after.expiry) == (OTHER, None, None)


def test_b43_four_hundred_characters_at_most():
    assert read("x" * 400).status == "plain"
    assert error("x" * 401) == "BAD_LENGTH"


@pytest.mark.parametrize("control", ["\x00", "\x07", "\x1b", "\x1c", "\x7f", "\x9b"])
def test_b43_control_characters_are_refused(control: str):
    assert error(f"AB{control}CD") == "BAD_CHARSET"


def test_a_callers_mistake_is_an_exception_and_not_an_answer():
    with pytest.raises(ValueError, match="as_"):
        read("x", as_="barcode")
    with pytest.raises(ValueError, match="gs"):
        read("x", gs="")


@pytest.mark.parametrize(
    ("letters", "code"),
    [
        ("F-4M8D-0ZRW-P, copy 1", "%VT-F-4M8D0ZRWP-1%"),
        ("f-4m8d-0zrw-p copy 12", "%VT-F-4M8D0ZRWP-12%"),
        ("F-4M8D-0ZRW-P", "%VT-F-4M8D0ZRWP%"),
        ("F-4M8D-0ZRW-Q", None),
        ("F-4M8D-0ZRW", None),
        ("X-4M8D-0ZRW-P", None),
        ("%VT-F-4M8D0ZRWP-1%", None),
    ],
)
def test_the_letters_beside_a_symbol_stand_for_its_code_and_a_wrong_one_is_found(letters: str, code: str | None):
    assert from_writing(letters) == code
