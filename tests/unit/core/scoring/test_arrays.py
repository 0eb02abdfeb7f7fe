from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from core.errors import ArtifactRefused
from core.scoring import arrays as module
from core.scoring.arrays import arrays_from_bytes, arrays_to_bytes

pytestmark = pytest.mark.filterwarnings("ignore:Reading `.npy` or `.npz` file required:UserWarning")
ARRAYS = {
    "float": np.array([[1.5, np.nan], [-np.inf, 0.0]]),
    "int": np.arange(7, dtype=np.int32),
    "scalar": np.array(3),
    "empty": np.zeros((0, 4), dtype=np.float32),
}
CONTENT = arrays_to_bytes(ARRAYS)


def test_arrays_survive():
    again = arrays_from_bytes("x.npz", CONTENT)
    assert again.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(again[name], array)
        assert again[name].dtype == array.dtype


@settings(deadline=None)
@given(npst.arrays(npst.scalar_dtypes(), npst.array_shapes(min_side=0)))
def test_any_array_of_numbers_survives(array):
    np.testing.assert_array_equal(arrays_from_bytes("x.npz", arrays_to_bytes({"a": array}))["a"], array)


def test_arrays_in_any_memory_order_are_written_in_one():
    array = np.arange(6).reshape(2, 3)
    assert arrays_to_bytes({"a": np.asfortranarray(array)}) == arrays_to_bytes({"a": array})


def refused(content):
    with pytest.raises(ArtifactRefused) as problem:
        arrays_from_bytes("explain.npz", content)
    assert problem.value.metadata == {"file": "explain.npz"}


def refused_or_read(content):
    """Nothing but a refusal may come of damage; what is read despite it is caught by the digest before."""
    try:
        arrays = arrays_from_bytes("explain.npz", content)
    except ArtifactRefused:
        return
    assert all(isinstance(array, np.ndarray) and array.dtype != object for array in arrays.values())


def with_member(raw, name="a.npy", compression=zipfile.ZIP_STORED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        archive.writestr(name, raw)
    return buffer.getvalue()


def npy(array, **options):
    buffer = io.BytesIO()
    np.save(buffer, array, **options)
    return buffer.getvalue()


def header(text, version=b"\x01\x00"):
    return b"\x93NUMPY" + version + len(text).to_bytes(2, "little") + text.encode("latin1")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04",
        b"not a zip at all" * 100,
        npy(np.arange(3)),
        CONTENT[:-1],
        CONTENT[: len(CONTENT) // 2],
        CONTENT[10:],
        with_member(b"no array"),
        with_member(b""),
        with_member(npy(np.array([{"an": "object"}], dtype=object), allow_pickle=True)),
        with_member(npy(np.arange(9))[:-3]),
        with_member(header("{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000000,), }\n")),
        with_member(header("{'descr': '<f8', 'fortran_order': False, 'shape': (-1,), }\n")),
        with_member(header("{'descr': '<f8', 'fortran_order': False, 'shape': (1e3,), }\n")),
        with_member(header("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }\n")),
        with_member(header("{'descr': 'nonsense', 'fortran_order': False, 'shape': (1,), }\n")),
        with_member(header("(" * 5_000)),
        with_member(header("{")),
        with_member(b"\x93NUMPY\x09\x00" + b"x" * 50),
    ],
)
def test_what_is_no_npz_of_numbers_is_refused(content):
    refused(content)


def test_a_compressed_file_is_read_and_its_damage_refused():
    content = with_member(npy(np.arange(1_000)), compression=zipfile.ZIP_DEFLATED)
    np.testing.assert_array_equal(arrays_from_bytes("x", content)["a"], np.arange(1_000))
    for at in range(40, len(content) - 60, 13):
        damaged = bytearray(content)
        damaged[at] ^= 0x55
        refused_or_read(bytes(damaged))


def test_a_file_that_unpacks_to_too_much_is_refused_before_it_is_read(monkeypatch):
    bomb = with_member(npy(np.zeros(2**17)), compression=zipfile.ZIP_DEFLATED)
    assert len(bomb) < 10_000
    monkeypatch.setattr(module, "MAX_BYTES", 2**20)
    refused(bomb)


@settings(max_examples=1_500, deadline=None)
@given(at=st.integers(0, len(CONTENT) - 1), value=st.integers(0, 255))
def test_any_changed_byte_is_refused_or_harmless(at, value):
    refused_or_read(CONTENT[:at] + bytes([value]) + CONTENT[at + 1 :])


@settings(max_examples=500, deadline=None)
@given(at=st.integers(0, len(CONTENT)), length=st.integers(0, 200), inserted=st.binary(max_size=40))
@example(at=6, length=2, inserted=b"\x01\x00")  # the flag of an encrypted file
def test_any_changed_stretch_is_refused_or_harmless(at, length, inserted):
    refused_or_read(CONTENT[:at] + inserted + CONTENT[at + length :])


def test_every_flipped_bit_of_the_directory_is_refused_or_harmless():
    """The end of the file says where everything is: methods, flags, sizes, names."""
    directory = CONTENT.rindex(b"PK\x01\x02")
    for at in range(directory, len(CONTENT)):
        for bit in range(8):
            damaged = bytearray(CONTENT)
            damaged[at] ^= 1 << bit
            refused_or_read(bytes(damaged))
