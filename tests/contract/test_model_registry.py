"""The registry over real stores: rows, events and folders kept in step."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.adapters.folder_artifacts import FolderArtifacts
from core.adapters.sql import SqlRegistryStore
from core.caller import Caller
from core.errors import AlreadyExists, ArtifactRefused, DependencyDown, InvalidInput, NotFound, WrongState
from core.identifiers import TenantId
from core.registry.model_registry import ModelRegistry
from core.version import LEAD_SCORE, MANIFEST_FILE, MODEL_FILE, VersionState
from tests.parts.versions import CREATE_TIME, make_files

ACME = Caller(tenant=TenantId("acme"), actor="alice")
OTHER = Caller(tenant=TenantId("other"), actor="bob")


class Gate:
    """Admits everything until told otherwise."""

    problem = ""

    def __call__(self, files) -> None:
        if self.problem:
            raise ArtifactRefused(MODEL_FILE, self.problem)


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def root(tmp_path):
    return tmp_path / "artifacts"


@pytest.fixture
def registry(database, root, gate, clock) -> ModelRegistry:
    return ModelRegistry(SqlRegistryStore(database, clock), FolderArtifacts(root), gate, clock)


def files_of(seed: int):
    return make_files(seed, create_time=CREATE_TIME + timedelta(minutes=seed))


def register(registry, clock, seed, *, caller=ACME, request_id=None):
    clock.advance(60)
    return registry.register(caller, request_id or f"register-{seed}", files_of(seed), "monthly")


def folders(root):
    return sorted(path.name for path in root.iterdir()) if root.exists() else []


def test_a_registered_version_can_be_loaded(registry, clock, root):
    version = register(registry, clock, 1)
    assert (version.state, version.created_by, version.create_time) == (VersionState.REGISTERED, "alice", clock.now)
    assert registry.load(ACME.tenant, LEAD_SCORE, version.manifest.version) == (version, files_of(1))
    assert folders(root) == [version.digest]
    assert register(registry, clock, 1) == version


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({MANIFEST_FILE: None}, "is missing"),
        ({MANIFEST_FILE: b"{}"}, "is missing"),
        ({MODEL_FILE: None}, "is missing"),
        ({MODEL_FILE: b"model.onnx of 2"}, "SHA-256"),
        ({"extra": b""}, "is not listed"),
    ],
)
def test_damaged_uploads_leave_nothing(registry, root, change, problem):
    files = {name: content for name, content in (files_of(1) | change).items() if content is not None}
    with pytest.raises(ArtifactRefused, match=problem):
        registry.register(ACME, "r1", files, "monthly")
    assert registry.list(ACME.tenant, LEAD_SCORE, limit=9, after=None).items == ()
    assert folders(root) == []


def test_what_is_not_admitted_is_not_registered(registry, clock, root, gate):
    gate.problem = "fails its golden check"
    with pytest.raises(ArtifactRefused, match="golden"):
        register(registry, clock, 1)
    assert folders(root) == []
    gate.problem = ""
    assert register(registry, clock, 1).state is VersionState.REGISTERED


def test_a_refused_name_leaves_no_folder(registry, clock, root):
    version = register(registry, clock, 1)
    with pytest.raises(AlreadyExists):
        register(registry, clock, 2, request_id="register-1")
    assert folders(root) == [version.digest]


@pytest.mark.parametrize("name", sorted(make_files()))
def test_a_bit_that_flips_on_disk_is_found_at_the_next_load(registry, clock, root, name):
    version = register(registry, clock, 1)
    path = root / version.digest / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(ArtifactRefused):
        registry.load(ACME.tenant, LEAD_SCORE, version.manifest.version)
    assert register(registry, clock, 1) == version
    assert registry.load(ACME.tenant, LEAD_SCORE, version.manifest.version)[0] == version


def test_a_folder_swapped_for_another_is_found(registry, clock, root):
    one, two = register(registry, clock, 1), register(registry, clock, 2)
    (root / one.digest).rename(root / "aside")
    (root / two.digest).rename(root / one.digest)
    with pytest.raises(ArtifactRefused, match="not the one that was registered"):
        registry.load(ACME.tenant, LEAD_SCORE, one.manifest.version)
    with pytest.raises(NotFound):
        registry.load(ACME.tenant, LEAD_SCORE, two.manifest.version)


def test_prune_keeps_active_previous_and_the_newest(registry, clock, root):
    versions = [register(registry, clock, seed) for seed in range(6)]
    names = [version.manifest.version for version in versions]
    for number in (0, 1):
        registry.activate(ACME, f"a{number}", LEAD_SCORE, names[number], expected=None, reason="")

    preview = registry.prune(ACME, "p1", LEAD_SCORE, 2, dry_run=True)
    assert len(folders(root)) == 6
    plan = registry.prune(ACME, "p1", LEAD_SCORE, 2, dry_run=False)

    assert plan == preview == registry.prune(ACME, "p1", LEAD_SCORE, 2, dry_run=False)
    assert plan.kept == (names[5], names[4], names[1], names[0])
    assert plan.pruned == (names[3], names[2])
    assert plan.reclaimed_bytes == sum(len(content) for seed in (2, 3) for content in files_of(seed).values())
    assert folders(root) == sorted(versions[number].digest for number in (0, 1, 4, 5))
    with pytest.raises(WrongState) as caught:
        registry.load(ACME.tenant, LEAD_SCORE, names[2])
    assert caught.value.reason == "VERSION_RETIRED"
    assert registry.rollback(ACME, "b1", LEAD_SCORE, expected=None, reason="").version == names[0]
    registry.load(ACME.tenant, LEAD_SCORE, names[0])


def test_prune_leaves_files_another_tenant_uses(registry, clock, root):
    shared = register(registry, clock, 1)
    register(registry, clock, 1, caller=OTHER)
    register(registry, clock, 2)

    plan = registry.prune(ACME, "p1", LEAD_SCORE, 1, dry_run=False)

    assert (plan.pruned, plan.reclaimed_bytes) == ((shared.manifest.version,), 0)
    assert registry.load(OTHER.tenant, LEAD_SCORE, shared.manifest.version)[1] == files_of(1)
    register(registry, clock, 3, caller=OTHER)
    assert registry.prune(OTHER, "p1", LEAD_SCORE, 1, dry_run=False).reclaimed_bytes > 0
    assert shared.digest not in folders(root)


def test_a_prune_that_crashed_is_finished_by_the_same_request(registry, clock, root, database):
    versions = [register(registry, clock, seed) for seed in range(3)]

    class Crash(FolderArtifacts):
        def delete(self, digest: str) -> int:
            raise DependencyDown("artifacts")

    crashing = ModelRegistry(SqlRegistryStore(database, clock), Crash(root), Gate(), clock)
    with pytest.raises(DependencyDown):
        crashing.prune(ACME, "p1", LEAD_SCORE, 1, dry_run=False)
    assert len(folders(root)) == 3

    plan = registry.prune(ACME, "p1", LEAD_SCORE, 1, dry_run=False)
    assert plan.pruned == (versions[1].manifest.version, versions[0].manifest.version)
    assert folders(root) == [versions[2].digest]


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda r: r.register(ACME, "", make_files(), ""), "request_id"),
        (lambda r: r.register(ACME, "r", make_files(), "x" * 1_001), "reason"),
        (lambda r: r.register(ACME, "r", make_files(), "\x00"), "reason"),
        (lambda r: r.activate(ACME, "a b", LEAD_SCORE, "v1", expected=None, reason=""), "request_id"),
        (lambda r: r.activate(ACME, "a", LEAD_SCORE, "", expected=None, reason=""), "version"),
        (lambda r: r.activate(ACME, "a", "", "v1", expected=None, reason=""), "kind"),
        (lambda r: r.rollback(ACME, "a", "k\x00", expected=None, reason=""), "kind"),
        (lambda r: r.prune(ACME, "", LEAD_SCORE, 1, dry_run=True), "request_id"),
        (lambda r: r.prune(ACME, "p", LEAD_SCORE, -1, dry_run=True), "keep_count"),
        (lambda r: r.get(ACME.tenant, LEAD_SCORE, "a/b"), "version"),
        (lambda r: r.events(ACME.tenant, LEAD_SCORE, limit=5, after=None, version="\x00"), "version"),
        (lambda r: r.list(ACME.tenant, "x y", limit=5, after=None), "kind"),
    ],
)
def test_input_that_can_never_be_right_is_named(registry, call, field):
    with pytest.raises(InvalidInput) as caught:
        call(registry)
    assert caught.value.violations[0].field == field


def test_the_registry_says_what_was_active_when(registry, clock):
    assert registry.active(ACME.tenant, LEAD_SCORE) is None
    version = register(registry, clock, 1)
    name = version.manifest.version
    registry.activate(ACME, "a1", LEAD_SCORE, name, expected="", reason="go")
    assert registry.active(ACME.tenant, LEAD_SCORE).version == name
    assert registry.active_at(ACME.tenant, LEAD_SCORE, clock.now) == name
    assert registry.events(ACME.tenant, LEAD_SCORE, limit=1, after=None, version=name).items[0].reason == "go"
