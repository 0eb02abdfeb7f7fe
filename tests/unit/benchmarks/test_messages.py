from __future__ import annotations

from tests.benchmarks.messages import SCORE, Messages, read_messages


def test_messages_are_read_as_they_were_written(tmp_path):
    written = Messages(name="score-5", method=SCORE, bodies=[b"", b"\x00\n\xff", b"x" * 70_000])
    assert read_messages(written.write(tmp_path / "score-5.bin")) == written
