from core.event import EventKind, PageType, Referrer
from tests.parts.behavior_events import event, of_pair


def viewed(kind=EventKind.ITEM_VIEWED, **fields):
    return event(kind, **{name: str(value) for name, value in fields.items()})


def test_views_count_by_the_page():
    pages = {PageType.SEARCH: 4, PageType.CATEGORY: 3, PageType.COLLECTION: 2, PageType.DETAIL: 1, PageType.HOME: 5}
    found = of_pair([viewed(page_type=page) for page, count in pages.items() for _ in range(count)])
    names = ("search_views", "category_views", "collection_views", "direct_views")
    assert [found[name] for name in names] == [4.0, 3.0, 2.0, 1.0]
    assert found["total_views"] == 15.0


def test_referrals_come_from_outside():
    found = of_pair([viewed(referrer=referrer) for referrer in Referrer])
    assert found["referral_views"] == 5.0
    assert of_pair([viewed(referrer=Referrer.DIRECT), viewed(referrer=Referrer.OTHER)])["referral_views"] == 0.0


def test_other_events_than_views_do_not_count():
    found = of_pair([viewed(EventKind.ITEM_SAVED, page_type=PageType.SEARCH, referrer=Referrer.EMAIL)])
    assert found["search_views"] == 0.0
    assert found["referral_views"] == 0.0
