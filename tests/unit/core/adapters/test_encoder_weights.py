import threading

import pytest

from core.adapters import encoder_weights
from core.adapters.encoder_weights import ENCODER_NAME, packaged, prepared_weights, shipped_weights
from tests.parts.encoder import ENCODER_DIR, real_encoder

pytestmark = pytest.mark.skipif(real_encoder() is None, reason="the sentence encoder is not installed")
FILE = f"{ENCODER_NAME}.bin"


class Maker:
    """Stands in for the child process, and counts."""

    def __init__(self, made=b"graph"):
        self.made, self.calls = made, 0

    def __call__(self):
        self.calls += 1
        return self.made


@pytest.fixture
def maker(monkeypatch):
    maker = Maker()
    monkeypatch.setattr(encoder_weights, "_make", maker)
    return maker


def test_weights_are_made_once_and_kept(maker, tmp_path):
    folder = tmp_path / "new" / "encoder"
    assert prepared_weights(folder) == prepared_weights(folder) == b"graph"
    assert maker.calls == 1
    assert {path.name for path in folder.iterdir()} == {FILE, f"{ENCODER_NAME}.lock"}


@pytest.mark.parametrize("damage", [lambda content: content[:-1], lambda content: b"G" + content[1:], lambda _: b""])
def test_damaged_weights_are_made_anew(maker, tmp_path, damage):
    prepared_weights(tmp_path)
    path = tmp_path / FILE
    path.write_bytes(damage(path.read_bytes()))
    assert prepared_weights(tmp_path) == b"graph"
    assert maker.calls == 2
    assert prepared_weights(tmp_path) == b"graph"
    assert maker.calls == 2


def test_of_several_who_ask_one_makes_them(maker, tmp_path):
    found = []
    threads = [threading.Thread(target=lambda: found.append(prepared_weights(tmp_path))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [b"graph"] * 4
    assert maker.calls == 1


def test_without_a_folder_they_are_made_each_time(maker, tmp_path):
    occupied = tmp_path / "file"
    occupied.write_bytes(b"")
    assert prepared_weights(occupied / "encoder") == b"graph"
    assert prepared_weights(occupied / "encoder") == b"graph"
    assert maker.calls == 2


def test_what_cannot_be_made_is_none(maker, tmp_path):
    maker.made = None
    assert prepared_weights(tmp_path) is None


def test_other_weights_than_expected_are_none(monkeypatch, tmp_path):
    monkeypatch.setattr(encoder_weights, "WEIGHTS_SHA256", "0" * 64)
    assert shipped_weights() is None
    assert prepared_weights(tmp_path) is None


def test_a_package_that_is_not_there_has_no_files():
    assert packaged("no_such_package_of_ours", "x") is None
    assert packaged("json", "no_such_file") is None


def test_the_real_ones_compute_with_whole_numbers():
    onnx = pytest.importorskip("onnx")
    graph = onnx.load_from_string(prepared_weights(ENCODER_DIR)).graph
    operators = [node.op_type for node in graph.node]
    assert operators.count("MatMulInteger") == 36
    assert "DequantizeLinear" not in operators
