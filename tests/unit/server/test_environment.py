"""The environment and the file over it."""

from __future__ import annotations

import pytest

from core.errors import InvalidInput
from server.environment import whole_environment


def test_lines_of_the_file_go_before_the_environment(tmp_path):
    file = tmp_path / "settings.env"
    file.write_text("# a comment\n\nLEADLINE_PORT=1\nexport LEADLINE_HOST = 'h'\n".replace(" = ", "=") + 'A="b=c"\n')
    whole = whole_environment({"LEADLINE_PORT": "2", "PATH": "/bin"}, str(file))
    assert whole == {"LEADLINE_PORT": "1", "LEADLINE_HOST": "h", "A": "b=c", "PATH": "/bin"}


def test_the_environment_may_name_the_file(tmp_path):
    file = tmp_path / "settings.env"
    file.write_text("LEADLINE_PORT=1\n")
    assert whole_environment({"LEADLINE_ENV_FILE": str(file)}) == {"LEADLINE_PORT": "1"}


def test_without_a_file_it_is_the_environment():
    assert whole_environment({"A": "b"}) == {"A": "b"}


def test_a_wrong_line_is_named_by_number_and_its_text_is_not_told(tmp_path):
    file = tmp_path / "settings.env"
    file.write_text("A=b\nsecret words\n")
    with pytest.raises(InvalidInput) as caught:
        whole_environment({}, str(file))
    assert caught.value.message == "LEADLINE_ENV_FILE must have KEY=VALUE in line 2"


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(InvalidInput, match="must be a text file that can be read"):
        whole_environment({}, str(tmp_path / "missing"))
