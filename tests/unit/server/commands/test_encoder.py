import argparse

import pytest

from core.adapters.encoder_weights import ENCODER_NAME
from server.commands import encoder
from server.settings import read_settings
from tests.parts.encoder import ENCODER_DIR, real_encoder


def prepare(folder):
    parser = argparse.ArgumentParser()
    encoder.add_parser(parser.add_subparsers())
    given = parser.parse_args(["encoder", "prepare"])
    return given.run(given, read_settings({"LEADLINE_ENCODER_DIR": str(folder)}))


@pytest.mark.skipif(real_encoder() is None, reason="the sentence encoder is not installed")
def test_it_says_what_is_ready_and_where(capsys):
    assert prepare(ENCODER_DIR) == 0
    assert capsys.readouterr().out == f"{ENCODER_NAME} is ready in {ENCODER_DIR}\n"


def test_it_says_when_there_is_none(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(encoder, "load_encoder", lambda _: None)
    assert prepare(tmp_path) == 1
    assert "not installed" in capsys.readouterr().out


def test_its_folder_is_beside_the_models_unless_it_is_set(tmp_path):
    assert read_settings({"LEADLINE_MODEL_DIR": str(tmp_path / "models")}).encoder_dir == tmp_path / "encoder"
