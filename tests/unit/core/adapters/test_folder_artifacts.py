from __future__ import annotations

import os
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from core.adapters.folder_artifacts import FolderArtifacts
from core.errors import ArtifactRefused, DependencyDown, InvalidInput, NotFound

DIGEST = "ab" * 32
FILES = {"manifest.json": b"{}", "model.onnx": bytes(range(256)) * 100, "empty": b""}


@pytest.fixture
def root(tmp_path):
    return tmp_path / "deep" / "artifacts"


@pytest.fixture
def artifacts(root):
    return FolderArtifacts(root)


def test_a_folder_comes_back_as_it_was_written(artifacts, root):
    artifacts.write(DIGEST, FILES)
    artifacts.write(DIGEST, FILES)
    assert artifacts.read(DIGEST) == FILES
    assert [path.name for path in root.iterdir()] == [DIGEST]


def test_what_is_not_there_is_not_found_and_frees_nothing(artifacts):
    with pytest.raises(NotFound) as caught:
        artifacts.read(DIGEST)
    assert caught.value.reason == "MODEL_ARTIFACT_NOT_FOUND"
    assert artifacts.delete(DIGEST) == 0
    assert artifacts.clean_leftovers(datetime.now(UTC)) == 0


def test_deleting_frees_the_bytes(artifacts, root):
    artifacts.write(DIGEST, FILES)
    assert artifacts.delete(DIGEST) == sum(map(len, FILES.values()))
    assert list(root.iterdir()) == []


@pytest.mark.parametrize("digest", ["", "..", "AB" * 32, "ab" * 31, "ab" * 32 + "\n", "../" + "ab" * 32, "g" * 64])
def test_only_a_sha256_names_a_folder(artifacts, digest):
    for use in (artifacts.read, artifacts.delete, lambda name: artifacts.write(name, FILES)):
        with pytest.raises(InvalidInput):
            use(digest)


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../x", "a/b", "a\\b", "/etc/passwd", "a\x00", ".hidden", "x" * 101, "ü", "\ud800", "a\n"]
)
def test_only_plain_names_are_written(artifacts, root, name):
    with pytest.raises(ArtifactRefused) as caught:
        artifacts.write(DIGEST, {"model.onnx": b"", name: b""})
    caught.value.message.encode("utf-8")
    assert not root.exists()


@pytest.mark.parametrize("kind", ["link", "hard folder", "pipe", "socket", "hidden"])
def test_what_is_no_plain_file_is_refused(artifacts, root, kind, tmp_path, monkeypatch):
    artifacts.write(DIGEST, FILES)
    path = root / DIGEST / "extra"
    if kind == "link":
        path.symlink_to(root / DIGEST / "model.onnx")
    elif kind == "hard folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        # The path of a socket may be too long, its name is not.
        monkeypatch.chdir(path.parent)
        with socket.socket(socket.AF_UNIX) as server:
            server.bind("extra")
    else:
        (root / DIGEST / ".extra").touch()
    with pytest.raises(ArtifactRefused):
        artifacts.read(DIGEST)


def test_a_linked_folder_is_refused(artifacts, root, tmp_path):
    artifacts.write(DIGEST, FILES)
    (root / DIGEST).rename(tmp_path / "elsewhere")
    (root / DIGEST).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ArtifactRefused):
        artifacts.read(DIGEST)
    artifacts.delete(DIGEST)
    assert (tmp_path / "elsewhere" / "model.onnx").exists()


def test_writing_again_heals_a_damaged_folder(artifacts, root):
    artifacts.write(DIGEST, FILES)
    (root / DIGEST / "model.onnx").write_bytes(b"damaged")
    (root / DIGEST / "stray").touch()
    artifacts.write(DIGEST, FILES)
    assert artifacts.read(DIGEST) == FILES
    assert [path.name for path in root.iterdir()] == [DIGEST]


def test_a_crashed_write_is_invisible_and_cleaned_up_later(artifacts, root):
    artifacts.write(DIGEST, FILES)
    for name in ("old", "new"):
        leftover = root / f".leftover-{name}"
        leftover.mkdir()
        (leftover / "model.onnx").write_bytes(b"half")
    now = datetime.now(UTC)
    past = (now - timedelta(hours=2)).timestamp()
    os.utime(root / ".leftover-old", (past, past))

    assert artifacts.clean_leftovers(now - timedelta(hours=1)) == 1
    assert sorted(path.name for path in root.iterdir()) == [".leftover-new", DIGEST]
    assert artifacts.read(DIGEST) == FILES


def test_a_file_system_that_fails_is_a_dependency_that_is_down(tmp_path):
    (tmp_path / "file").touch()
    artifacts = FolderArtifacts(tmp_path / "file")
    with pytest.raises(DependencyDown) as caught:
        artifacts.write(DIGEST, FILES)
    assert caught.value.metadata == {"dependency": "artifacts"}


def test_equal_writes_at_the_same_moment_leave_whole_folders(artifacts, root):
    barrier = threading.Barrier(8)
    digests = [f"{number:064x}" for number in range(20)]

    def write(_: int) -> None:
        for digest in digests:
            barrier.wait(10)
            artifacts.write(digest, FILES)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(write, range(8)))
    assert [artifacts.read(digest) for digest in digests] == [FILES] * 20
    assert sorted(path.name for path in root.iterdir()) == digests
