from __future__ import annotations

from dataclasses import replace

import pytest

from core.errors import ArtifactRefused
from core.registry.integrity import verify_files
from core.version import MODEL_FILE, REQUIRED_FILES, FileDigest
from tests.parts.versions import make_contents, make_files, make_manifest


def test_the_files_of_a_version_pass_with_and_without_its_manifest():
    verify_files(make_manifest(), make_files())
    verify_files(make_manifest(), make_contents())


@pytest.mark.parametrize("name", REQUIRED_FILES)
def test_one_flipped_bit_is_found(name):
    files = make_files()
    damaged = bytes([files[name][0] ^ 1]) + files[name][1:]
    with pytest.raises(ArtifactRefused, match="SHA-256") as caught:
        verify_files(make_manifest(), files | {name: damaged})
    assert caught.value.metadata["file"] == name


@pytest.mark.parametrize("change", [b"", b"more"])
def test_another_size_is_found(change):
    files = make_files()
    content = files[MODEL_FILE] + change if change else b""
    with pytest.raises(ArtifactRefused, match="bytes instead of"):
        verify_files(make_manifest(), files | {MODEL_FILE: content})


@pytest.mark.parametrize("name", REQUIRED_FILES)
def test_a_missing_file_is_named(name):
    files = make_files()
    del files[name]
    with pytest.raises(ArtifactRefused, match=f"{name}: is missing"):
        verify_files(make_manifest(), files)


def test_a_file_nobody_listed_is_refused():
    with pytest.raises(ArtifactRefused, match=r"weights.bin: is not listed"):
        verify_files(make_manifest(), make_files() | {"weights.bin": b""})


@pytest.mark.parametrize("name", REQUIRED_FILES)
def test_a_manifest_lists_every_file_a_version_needs(name):
    manifest = make_manifest()
    rest = tuple(file for file in manifest.files if file.name != name)
    files = make_files()
    del files[name]
    with pytest.raises(ArtifactRefused, match=f"{name}: is not listed"):
        verify_files(replace(manifest, files=rest), files)


def test_a_manifest_lists_no_file_twice_and_not_itself():
    manifest = make_manifest()
    with pytest.raises(ArtifactRefused, match="twice"):
        verify_files(replace(manifest, files=(*manifest.files, manifest.files[0])), make_files())
    itself = FileDigest(name="manifest.json", sha256="0" * 64, size_bytes=0)
    with pytest.raises(ArtifactRefused, match="itself"):
        verify_files(replace(manifest, files=(*manifest.files, itself)), make_files())
