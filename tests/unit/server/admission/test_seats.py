from __future__ import annotations

from server.admission.kinds import LanePlan
from server.admission.seats import CALM_SECONDS, QUEUE_FULL, TENANT_LIMIT, Seats


class Timer:
    """A clock that goes as far as it is told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def seats(threads: int = 2, queue: int = 6, most_each: int = 8, timer: Timer | None = None) -> Seats:
    return Seats(LanePlan(threads=threads, queue=queue, most_each=most_each), timer or Timer())


def take(lane: Seats, tenant: str, times: int) -> list[str]:
    return [lane.take(tenant) for _ in range(times)]


def test_a_tenant_alone_may_take_every_seat_and_no_more():
    lane = seats()
    assert take(lane, "a", 9) == [""] * 8 + [QUEUE_FULL]
    assert lane.taken == 8


def test_who_comes_to_a_lane_that_one_tenant_filled_is_let_in_up_to_an_equal_share():
    lane = seats()
    take(lane, "a", 8)
    assert take(lane, "b", 5) == [""] * 4 + [QUEUE_FULL]
    assert lane.take("a") == TENANT_LIMIT


def test_a_tenant_above_its_share_gets_no_seat_until_it_is_below():
    lane = seats()
    take(lane, "a", 6)
    take(lane, "b", 1)
    assert lane.take("a") == TENANT_LIMIT
    for _ in range(3):
        lane.free("a")
    assert lane.take("a") == ""


def test_shares_do_not_matter_while_half_of_the_seats_are_free():
    lane = seats(threads=2, queue=14, most_each=16)
    for tenant in "bcde":
        lane.take(tenant)
    assert take(lane, "a", 5) == [""] * 4 + [TENANT_LIMIT], "its share of five is three"


def test_the_lane_is_never_fuller_than_one_and_a_half():
    lane = seats()
    for number in range(100):
        take(lane, f"t{number}", 8)
    assert lane.taken == 12


def test_where_nothing_may_wait_there_are_no_seats_beyond_the_threads():
    lane = seats(threads=3, queue=0, most_each=2)
    assert take(lane, "a", 3) == ["", "", TENANT_LIMIT]
    assert take(lane, "b", 2) == ["", QUEUE_FULL]


def test_callers_that_nobody_knows_share_a_quarter():
    lane = seats()
    assert take(lane, "", 3) == ["", "", TENANT_LIMIT]


def test_seats_that_are_given_back_can_be_taken_again():
    lane = seats()
    take(lane, "a", 8)
    for _ in range(8):
        lane.free("a")
    assert lane.taken == 0
    assert take(lane, "b", 9) == [""] * 8 + [QUEUE_FULL]


def test_a_lane_that_overflowed_is_kept_short_until_it_is_calm_again():
    timer = Timer()
    lane = seats(threads=2, queue=14, most_each=16, timer=timer)
    assert take(lane, "a", 17) == [""] * 16 + [QUEUE_FULL]
    for _ in range(13):
        lane.free("a")
    assert take(lane, "a", 2) == ["", QUEUE_FULL], "two threads and two that wait"
    timer.now += CALM_SECONDS - 0.01
    assert lane.take("a") == QUEUE_FULL
    timer.now += CALM_SECONDS - 0.01
    assert lane.take("a") == QUEUE_FULL, "each refusal counts anew"
    timer.now += CALM_SECONDS
    assert take(lane, "a", 13) == [""] * 12 + [QUEUE_FULL]


def test_a_tenant_at_its_limit_does_not_shorten_the_lane_for_others():
    lane = seats(threads=2, queue=14, most_each=4)
    assert take(lane, "a", 5) == [""] * 4 + [TENANT_LIMIT]
    assert take(lane, "b", 4) == [""] * 4
    assert take(lane, "c", 4) == [""] * 4


def test_a_check_says_what_taking_a_seat_would_and_takes_none():
    lane = seats()
    assert [lane.check("a") for _ in range(20)] == [""] * 20
    assert lane.taken == 0
    take(lane, "a", 8)
    assert (lane.check("a"), lane.check("b"), lane.taken) == (QUEUE_FULL, "", 8)
