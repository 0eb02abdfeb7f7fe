"""Before the port is open: as many tenants as time allows, whatever is wrong with one."""

from __future__ import annotations

from datetime import timedelta

from server import warming
from server.warming import warm


class Served:
    def __init__(self) -> None:
        self.asked: list[str] = []

    def refresh_each(self, tenants: list[str]) -> str:
        self.asked += tenants
        return "it is damaged" if tenants == ["damaged"] else ""


def test_every_tenant_is_loaded_whatever_is_wrong_with_one():
    served = Served()
    warm(served, ["a", "damaged", "b"])
    assert served.asked == ["a", "damaged", "b"]


def test_a_start_does_not_wait_for_ever(monkeypatch):
    monkeypatch.setattr(warming, "PATIENCE", timedelta(0))
    served = Served()
    warm(served, ["a", "b"])
    assert served.asked == []
