from __future__ import annotations

import json

from server.observed.places import place_of, short_path


def fail(text: str) -> None:
    json.loads(text)


def test_a_place_names_file_line_and_function_innermost_first_and_no_text():
    try:
        fail("jane.doe@example.com")
    except ValueError as error:
        place = place_of(error)
    innermost, *_, outermost = place.split(" < ")
    assert innermost.startswith("decoder.py:")
    assert outermost.startswith("tests/unit/server/observed/test_places.py:")
    assert "jane" not in place


def test_paths_say_nothing_of_the_machine():
    assert short_path("/somewhere/lib/python3.11/site-packages/grpc/_server.py") == "grpc/_server.py"
    assert short_path("/somewhere/else/module.py") == "module.py"
