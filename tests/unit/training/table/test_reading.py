from __future__ import annotations

import gzip
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.errors import InvalidInput
from training.table import LeadMapping, OutcomeRule, read_leads


def problems_of(path, mapping, **options):
    with pytest.raises(InvalidInput) as caught:
        read_leads(path, mapping, **options)
    return [(violation.field, violation.rule) for violation in caught.value.violations]


def test_reads_fields_attributes_and_outcomes(lead_file, rows, mapping):
    table = read_leads(lead_file(rows()), mapping)
    assert len(table.leads) == 100
    assert table.outcomes.sum() == 25
    assert table.leads[1].lead_id == "L1"
    assert table.leads[1].title == "title 1"
    assert table.leads[1].price == 10.5
    assert dict(table.leads[1].attributes) == {"source": "web"}
    assert table.categorical_attributes == ("source",)
    assert table.numeric_attributes == ()
    assert table.moments[0] is None
    assert table.order.tolist() == list(range(100))
    assert table.places[0] == "line 2"


def test_gzip_and_byte_order_mark_change_nothing(lead_file, rows, mapping):
    plain = read_leads(lead_file(rows()), mapping)
    packed = read_leads(lead_file(gzip.compress(b"\xef\xbb\xbf" + rows().encode()), "leads.csv.gz"), mapping)
    assert packed.leads == plain.leads
    assert packed.fingerprint == plain.fingerprint


def test_fingerprint_moves_with_any_cell_and_any_outcome(lead_file, rows, mapping):
    base = read_leads(lead_file(rows()), mapping).fingerprint
    cell = read_leads(lead_file(rows().replace("title 7,", "title 8,")), mapping).fingerprint
    outcome = read_leads(
        lead_file(rows().replace("L7,title 7,70.5,web,0", "L7,title 7,70.5,web,1")), mapping
    ).fingerprint
    assert len({base, cell, outcome}) == 3


def test_names_line_and_column_of_a_price_that_is_no_number(lead_file, rows, mapping):
    text = rows().replace("L5,title 5,50.5", "L5,title 5,abc").replace("L9,title 9,90.5", "L9,title 9,-1")
    assert problems_of(lead_file(text), mapping) == [
        ("leads.csv, line 7, column 'price'", "must be a number"),
        ("leads.csv, line 11, column 'price'", "must be finite and not negative"),
    ]


def test_names_both_lines_of_a_duplicate_id(lead_file, rows, mapping):
    found = problems_of(lead_file(rows().replace("L50,", "L3,")), mapping)
    assert found == [("leads.csv, line 52, column 'id'", "must be one lead's only, but has the id of line 5")]


@pytest.mark.parametrize("bad", ["{7}", "", "a b", "x" * 129])
def test_names_the_line_of_an_id_that_is_none(lead_file, rows, mapping, bad):
    [(field, rule)] = problems_of(lead_file(rows().replace("L7,", f"{bad},")), mapping)
    assert field == "leads.csv, line 9, column 'id'"
    assert rule.startswith("must be 1 to 128 characters")


def test_ids_are_made_from_lines_where_none_is_mapped(lead_file, rows, mapping):
    without = replace(mapping, fields={"title": ("title",)}, exclude=("id",))
    assert read_leads(lead_file(rows()), without).leads[0].lead_id == "row-2"


def test_all_missing_columns_are_named_at_once(lead_file, rows, mapping):
    wanted = replace(mapping, exclude=("gone",), outcome=OutcomeRule(column="bought"))
    assert problems_of(lead_file(rows()), wanted) == [
        ("leads.csv, column 'bought'", "must be in the file: the mapping names it"),
        ("leads.csv, column 'gone'", "must be in the file: the mapping names it"),
    ]


def test_lists_twenty_problems_and_counts_the_rest(lead_file, rows, mapping):
    found = problems_of(lead_file(rows().replace(".5,", "x,")), mapping)
    assert len(found) == 21
    assert found[-1] == ("leads.csv", "must be corrected in 80 more places")


def test_rows_without_an_outcome_are_left_out_and_counted(lead_file, rows, mapping):
    text = rows(130).replace(",web,1\n", ",web,\n")
    table = read_leads(lead_file(text), mapping)
    assert table.unlabelled_count == text.count(",web,\n")
    assert len(table.leads) == 130 - table.unlabelled_count


def test_with_negatives_named_other_values_are_open(lead_file, rows, mapping):
    text = rows(120).replace(",fair,0", ",fair,Negotiating").replace(",1\n", ",WON\n").replace(",web,0", ",web,Lost ")
    rule = OutcomeRule(column="won", positive=frozenset(["won"]), negative=frozenset(["lost"]))
    table = read_leads(lead_file(text), replace(mapping, outcome=rule), min_samples=50)
    assert table.unlabelled_count == text.count("Negotiating")
    assert table.outcomes.sum() == 30


def test_outcome_at_least_a_number_and_missing_as_negative(lead_file, rows, mapping):
    text = rows().replace("price,source", "price,rate").replace(",fair,", ",,").replace(",web,", ",1.5,")
    rule = OutcomeRule(column="rate", at_least=1.0, missing_is_negative=True)
    table = read_leads(lead_file(text), replace(mapping, outcome=rule, exclude=("won",)))
    assert table.outcomes.mean() == pytest.approx(0.66)
    assert table.unlabelled_count == 0
    wrong = problems_of(lead_file(text.replace(",1.5,", ",high,", 1)), replace(mapping, outcome=rule))
    assert wrong == [("leads.csv, line 3, column 'rate'", "must be a number")]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (lambda rows: rows(99), "must hold at least 100 rows with a known outcome, not 99"),
        (
            lambda rows: rows().replace(",1\n", ",0\n"),
            "must hold converted leads (one of 1, converted, true, won, y, yes); it has none",
        ),
        (lambda rows: rows().replace(",0\n", ",1\n"), "must hold leads that did not convert; all 100 did"),
    ],
)
def test_refuses_what_nothing_can_be_learned_from(lead_file, rows, mapping, text, rule):
    [(field, said)] = problems_of(lead_file(text(rows)), mapping)
    assert field == "leads.csv, column 'won'"
    assert said.startswith(rule)


def test_min_samples_is_the_callers(lead_file, rows, mapping):
    assert len(read_leads(lead_file(rows(20)), mapping, min_samples=20).leads) == 20


def test_columns_are_joined_and_missing_parts_left_out(lead_file, rows, mapping):
    text = rows().replace("id,title,price", "city,area,price").replace("L1,title 1,", "Select,title 1,")
    joined = replace(
        mapping,
        fields={"category": ("area", "city"), "location_name": ("city", "area")},
        missing=frozenset(["", "Select"]),
    )
    lead = read_leads(lead_file(text), joined).leads
    assert (lead[0].category, lead[0].location_name) == ("title 0/L0", "L0, title 0")
    assert (lead[1].category, lead[1].location_name) == ("title 1", "title 1")


def test_text_too_long_for_an_attribute_names_the_column(lead_file, rows, mapping):
    text = rows().replace("L7,title 7,70.5,web", f"L7,title 7,70.5,{'w' * 1001}")
    [(field, rule)] = problems_of(lead_file(text), mapping)
    assert field == "leads.csv, line 9, column 'source'"
    assert rule.startswith("must be at most 1,000 characters")


def test_too_many_attributes_are_refused_at_once(lead_file):
    header = ",".join(f"c{i}" for i in range(257))
    line = ",".join("1" * 257)
    text = "\n".join([f"{header},won", *(f"{line},{i % 2}" for i in range(100))])
    found = problems_of(lead_file(text), LeadMapping(outcome=OutcomeRule(column="won")))
    assert found == [("leads.csv", "must have at most 256 columns that become attributes, not 257")]


class TestKindsOfAttributes:
    HEADER = "size,code,mixed,empty,won"

    def file(self, lead_file):
        lines = [f"{i},{i % 3}.0,{'x' if i == 60 else i},,{i % 2}" for i in range(100)]
        return lead_file("\n".join([self.HEADER, *lines]))

    def test_numbers_are_numeric_unless_one_is_none(self, lead_file):
        table = read_leads(self.file(lead_file), LeadMapping(outcome=OutcomeRule(column="won")))
        assert table.numeric_attributes == ("size", "code")
        assert table.categorical_attributes == ("mixed",)
        assert table.leads[3].attributes == {"size": 3.0, "code": 0.0, "mixed": "3"}
        assert table.columns_of_attribute == {"size": "size", "code": "code", "mixed": "mixed"}

    def test_forced_category_keeps_its_number(self, lead_file):
        mapping = LeadMapping(outcome=OutcomeRule(column="won"), categorical=("code",))
        table = read_leads(self.file(lead_file), mapping)
        assert table.categorical_attributes == ("code", "mixed")
        assert table.leads[4].attributes["code"] == 1.0

    def test_forced_number_names_what_is_none(self, lead_file):
        mapping = LeadMapping(outcome=OutcomeRule(column="won"), numeric=("mixed",))
        found = problems_of(self.file(lead_file), mapping)
        assert found == [("leads.csv, line 62, column 'mixed'", "must be a number")]

    def test_the_outcome_cannot_be_an_attribute(self, lead_file):
        mapping = LeadMapping(outcome=OutcomeRule(column="won"), include=("size", "won"))
        [(field, rule)] = problems_of(self.file(lead_file), mapping)
        assert field == "leads.csv, column 'won'"
        assert "must not be an attribute" in rule

    @pytest.mark.parametrize("number", ["inf", "nan ", "1_000", "0x10"])
    def test_what_only_python_calls_a_number_is_text(self, lead_file, number):
        text = "\n".join(["a,won", *(f"{number if i == 5 else i},{i % 2}" for i in range(100))])
        table = read_leads(lead_file(text), LeadMapping(outcome=OutcomeRule(column="won"), missing=frozenset([""])))
        assert table.categorical_attributes == ("a",)


class TestTime:
    MAPPING = LeadMapping(
        outcome=OutcomeRule(column="won", time_column="closed"),
        fields={"posted_time": ("opened",)},
        date_format="%d-%m-%y",
    )

    def file(self, lead_file, change=("", "")):
        lines = [f"{1 + (99 - i) // 10:02d}-03-24,15-04-24,{i},{i % 2}" for i in range(100)]
        return lead_file("\n".join(["opened,closed,n,won", *lines]).replace(*change))

    def test_rows_are_sorted_by_time_and_equal_ones_stay_in_order(self, lead_file):
        table = read_leads(self.file(lead_file), self.MAPPING)
        assert table.moments[0] == datetime(2024, 3, 1, tzinfo=UTC)
        assert table.outcome_times[0] == datetime(2024, 4, 15, tzinfo=UTC)
        assert [lead.attributes["n"] for lead in table.leads[:11]] == [*range(90, 100), 80]
        assert table.order.tolist() == [float(i // 10) for i in range(100)]
        assert table.places[0] == "line 92"
        assert "opened" not in table.columns_of_attribute
        assert "closed" not in table.columns_of_attribute

    def test_rows_without_a_time_are_left_out_and_counted(self, lead_file):
        table = read_leads(self.file(lead_file, ("03-03-24,", ",")), self.MAPPING, min_samples=50)
        assert (len(table.leads), table.undated_count) == (90, 10)
        assert all(moment is not None for moment in table.moments)

    def test_names_what_is_no_time(self, lead_file):
        found = problems_of(self.file(lead_file, ("15-04-24,7,", "soon,7,")), self.MAPPING)
        rule = "must be a time as %d-%m-%y, between 1970 and 2100"
        assert found == [("leads.csv, line 9, column 'closed'", rule)]

    def test_order_column_sorts_and_is_no_attribute(self, lead_file):
        lines = [f"{1000 - i},{i},{i % 2}" for i in range(100)]
        path = lead_file("\n".join(["number,n,won", *lines]))
        mapping = LeadMapping(outcome=OutcomeRule(column="won"), order_column="number")
        table = read_leads(path, mapping)
        assert table.leads[0].attributes == {"n": 99.0}
        assert table.moments[0] is None
        assert table.order.tolist() == list(range(100))

    def test_order_column_may_hold_iso_times_with_zones(self, lead_file):
        lines = [f"2024-01-01T12:00:00+{i % 12:02d}:00,{i},{i % 2}" for i in range(100)]
        path = lead_file("\n".join(["at,n,won", *lines]))
        table = read_leads(path, LeadMapping(outcome=OutcomeRule(column="won"), order_column="at"))
        assert [lead.attributes["n"] for lead in table.leads[:9]] == [11, 23, 35, 47, 59, 71, 83, 95, 10]
        assert table.order[[0, 7, 8]].tolist() == [0.0, 0.0, 1.0]

    def test_order_column_of_both_kinds_is_refused(self, lead_file):
        lines = [f"{'2024-01-01' if i == 7 else i},{i % 2}" for i in range(100)]
        path = lead_file("\n".join(["at,won", *lines]))
        found = problems_of(path, LeadMapping(outcome=OutcomeRule(column="won"), order_column="at"))
        assert found[-1] == ("leads.csv, column 'at'", "must hold either numbers or times")


def test_a_column_may_say_when_each_lead_was_to_be_scored(lead_file, rows, mapping):
    lines = rows(120).splitlines()
    text = "\n".join(
        [
            f"{lines[0]},posted,asked",
            *(f"{line},2026-01-01,2026-03-{1 + i % 28:02d}" for i, line in enumerate(lines[1:])),
        ]
    )
    fields = {**mapping.fields, "posted_time": ("posted",)}
    table = read_leads(lead_file(text), replace(mapping, fields=fields, scoring_column="asked"))
    assert {lead.posted_time for lead in table.leads} == {datetime(2026, 1, 1, tzinfo=UTC)}
    assert list(table.moments) == sorted(table.moments)
    assert table.moments[0] == datetime(2026, 3, 1, tzinfo=UTC)
    assert "asked" not in table.leads[0].attributes
    without = read_leads(lead_file(text), replace(mapping, exclude=("posted",), scoring_column="asked"))
    assert without.leads[0].posted_time is None
    assert without.moments == table.moments
    assert without.in_time_order
