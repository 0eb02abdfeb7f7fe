from __future__ import annotations

import pytest

from tests.parts.hillstrom import Counted, Customer, count, newcombe_interval, pooled_z, split_p_value, welch_t


def arm(units: int, converted: int, *, spend: float = 0.0, variance: float = 0.0) -> Counted:
    return Counted(units=units, converted=converted, spend=spend, spend_variance=variance)


def customer(segment: str, spend: float) -> Customer:
    return Customer(customer_id="1", arm=segment, history=1.0, visit=spend > 0, conversion=spend > 0, spend=spend)


def test_the_interval_is_the_published_one():
    # Newcombe (1998), Statistics in Medicine 17, table II, contrast (a), method 10.
    assert newcombe_interval(arm(70, 56), arm(80, 48)) == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_z_of_a_textbook():
    assert pooled_z(arm(1000, 130), arm(1000, 100)) == pytest.approx(2.103, abs=5e-4)


def test_t_is_the_difference_over_its_error():
    assert welch_t(arm(100, 0, spend=300, variance=4), arm(50, 0, spend=100, variance=6)) == pytest.approx(1 / 0.4)


def test_an_even_split_is_as_planned_and_a_skewed_one_is_not():
    assert split_p_value({"a": arm(10, 0), "b": arm(10, 0), "c": arm(10, 0)}) == 1.0
    assert split_p_value({"a": arm(1200, 0), "b": arm(1000, 0), "c": arm(1000, 0)}) < 1e-5


def test_arms_are_counted_row_by_row():
    rows = [customer("none", 0.0), customer("none", 0.0), customer("mens", 3.0), customer("mens", 5.0)]
    rows += [customer("womens", 0.0), customer("womens", 2.0)]
    counted = count(rows, lambda one: one.visit)
    assert [(one.units, one.converted, one.spend) for one in counted.values()] == [(2, 0, 0), (2, 2, 8), (2, 1, 2)]
    assert counted["mens"].spend_variance == 2.0
