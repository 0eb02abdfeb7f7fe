from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.adapters.admission import admit
from core.errors import ArtifactRefused, DependencyDown
from core.identifiers import TenantId
from core.registry.manifest import manifest_to_json, parse_manifest
from core.scoring.online.correction import Bounds
from core.scoring.online.served import RETRY_LOOKS, ServedCorrections
from core.scoring.online.snapshot import read_snapshot, snapshot_files
from core.scoring.online.state import OnlineState
from core.version import LEAD_SCORE, MANIFEST_FILE, ONLINE_FILE, ActivePointer
from tests.parts.fitted import with_files
from tests.parts.versions import make_manifest, make_version

VERSION = "v20260101_120000_1a2b3c4d"
MOMENT = datetime(2026, 7, 1, tzinfo=UTC)
ACME, OTHER = TenantId("acme"), TenantId("other")


def files_of(**changes) -> dict[str, bytes]:
    state = replace(OnlineState(version=VERSION, sequence=60, update_count=60, loss=7.0, version_loss=11.0), **changes)
    return snapshot_files(state, MOMENT, base=make_manifest(), code_version="0.1.0")


def test_the_state_comes_back_and_the_same_state_gives_the_same_files():
    assert read_snapshot(files_of()).update_count == 60
    assert files_of() == files_of()
    manifest = parse_manifest(files_of()[MANIFEST_FILE])
    assert {metric.name: metric.value for metric in manifest.metrics} == {
        "log_loss": pytest.approx(7 / 60),
        "version_log_loss": pytest.approx(11 / 60),
    }


def test_a_snapshot_is_admitted_without_running_anything(monkeypatch):
    monkeypatch.setattr("core.adapters.admission.admit_in_child", None)
    admit(files_of())


def as_kind(files, kind: str) -> dict[str, bytes]:
    manifest = parse_manifest(files[MANIFEST_FILE])
    return {**files, MANIFEST_FILE: manifest_to_json(replace(manifest, kind=kind))}


def of_parents(files, *parents: str) -> dict[str, bytes]:
    manifest = parse_manifest(files[MANIFEST_FILE])
    return {**files, MANIFEST_FILE: manifest_to_json(replace(manifest, parents=parents))}


def other_state(**changes) -> dict[str, bytes]:
    content = json.loads(files_of()[ONLINE_FILE])
    text = json.dumps({**content, **changes}, sort_keys=True, separators=(",", ":"))
    return with_files(files_of(), {ONLINE_FILE: text.encode()})


@pytest.mark.parametrize(
    "files",
    [
        {},
        {**files_of(), ONLINE_FILE: b"{}"},
        {name: data for name, data in files_of().items() if name != ONLINE_FILE},
        with_files(files_of(), {ONLINE_FILE: b"{}"}),
        with_files(files_of(), {ONLINE_FILE: "ä".encode()}),
        with_files(files_of(), {ONLINE_FILE: b" " * 5_000}),
        with_files(files_of(), {"model.onnx": b"more"}),
        other_state(bias=3.5),
        other_state(bias=True),
        other_state(proven="yes"),
        other_state(version="v20260109_120000_1a2b3c4d"),
        other_state(more=1),
        of_parents(files_of()),
        of_parents(files_of(), VERSION, VERSION),
        as_kind(files_of(), LEAD_SCORE),
    ],
)
def test_whatever_is_not_a_snapshot_is_refused(files):
    with pytest.raises(ArtifactRefused):
        read_snapshot(files)


class Shelf:
    """A pointer and files."""

    def __init__(self) -> None:
        self.pointer: ActivePointer | None = None
        self.files = files_of()
        self.loads = 0
        self.asked: list[str] = []
        self.problem: Exception | None = None

    def point(self, revision: int) -> None:
        self.pointer = ActivePointer(version=f"s{revision}", digest="d", previous=None, revision=revision)

    def active(self, tenant, _kind):
        self.asked.append(tenant)
        return self.pointer

    def active_everywhere(self, _kind):
        self.asked.append("*")
        if self.problem is not None:
            raise self.problem
        return {} if self.pointer is None else dict.fromkeys((ACME, OTHER), self.pointer)

    def load(self, _tenant, _kind, _version):
        self.loads += 1
        return make_version(), self.files


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


def test_the_active_snapshot_corrects_its_version_and_no_other(shelf):
    served = ServedCorrections(shelf, Bounds())
    assert served.of(ACME, VERSION) is None
    shelf.point(1)
    assert served.of(ACME, VERSION) is None
    assert served.refresh_all() == ""
    assert served.of(ACME, VERSION).snapshot == "s1"
    assert served.of(ACME, "v20260102_120000_1a2b3c4d") is None
    served.refresh_all()
    assert shelf.loads == 1


def test_a_tenant_that_was_never_asked_for_is_looked_up_at_once(shelf):
    shelf.point(1)
    assert ServedCorrections(shelf, Bounds()).of(ACME, VERSION).snapshot == "s1"


def test_one_question_a_round_for_however_many_tenants(shelf):
    served = ServedCorrections(shelf, Bounds())
    tenants = [ACME, OTHER, *(TenantId(f"t{number}") for number in range(50))]
    for tenant in tenants:
        served.of(tenant, VERSION)
    shelf.asked.clear()
    shelf.point(1)
    assert served.refresh_all() == ""
    assert shelf.asked == ["*"]
    assert [tenant for tenant in tenants if served.serving(tenant)] == [ACME, OTHER]
    shelf.problem = DependencyDown("the database")
    assert served.refresh_all() == "the database is not available"
    assert served.serving(ACME).snapshot == "s1"
    shelf.problem = None
    shelf.point(2)
    served.refresh_all()
    assert served.serving(OTHER).snapshot == "s2"


def test_nobody_asked_for_and_nothing_is_asked(shelf):
    assert ServedCorrections(shelf, Bounds()).refresh_all() == ""
    assert shelf.asked == []


def test_switched_off_nothing_is_looked_up(shelf):
    shelf.point(1)
    served = ServedCorrections(shelf, Bounds(points=0.0))
    served.refresh(ACME)
    assert served.of(ACME, VERSION) is None
    assert shelf.loads == 0


def test_a_damaged_snapshot_corrects_nothing_is_told_once_and_tried_again(shelf):
    told = []
    served = ServedCorrections(shelf, Bounds(), lambda tenant, problem: told.append((tenant, problem)))
    shelf.point(1)
    assert served.of(ACME, VERSION) is not None
    shelf.files = with_files(files_of(), {ONLINE_FILE: b"{}"})
    shelf.point(2)
    for _ in range(RETRY_LOOKS):
        served.refresh(ACME)
    assert served.of(ACME, VERSION) is None
    assert len(told) == 1
    assert told[0][1].startswith("s2: ")
    shelf.files = files_of()
    for _ in range(2):
        served.refresh(ACME)
    assert served.of(ACME, VERSION).snapshot == "s2"
