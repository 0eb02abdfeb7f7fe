from __future__ import annotations

import pytest

from server.convert.catalog import item_to_wire
from tests.parts.movielens import DATA, FILE_NAME, read_catalogue, read_histories
from tests.parts.reason_checker import check_answer
from tests.parts.serving import served_here
from tests.parts.shopping import Shop

LEADS = 12
EVENTS = 40

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not (DATA / FILE_NAME).is_file(), reason=f"{FILE_NAME} is not in the data folder"),
]


def test_every_reason_for_what_movie_goers_get_is_true(home_without_model):
    items = read_catalogue()
    with served_here(home_without_model, poll_seconds=0.05) as (_, stubs):
        shop = Shop(stubs.channel)
        for start in range(0, len(items), 500):
            shop.put(list(map(item_to_wire, items[start : start + 500])))
        shop.known(len(items))
        for lead_id, history in list(read_histories().items())[:LEADS]:
            shop.did(lead_id, *(("ITEM_VIEWED", one.item_id) for one in history[-EVENTS:]))
            answer = shop.recommend(lead_id, limit=20)
            assert len(answer.recommendations) == 20
            assert check_answer(answer, shop.world(lead_id)) >= 20
