"""Tests that no text can forge lines of the server's log, and that a flood of lines is limited."""

from __future__ import annotations

import io
import logging
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.server import log_lines
from dashboard.server.log_lines import MOST_LINES, Flood, LogLine, guard, shortened
from tests.dashboard.hostile import HOSTILE_LINES

PROGRAM = str(Path(sys.executable).with_name("common-ground"))


@pytest.fixture
def log() -> Iterator[tuple[logging.Logger, io.StringIO]]:
    """Logger of a guarded package, and its output."""
    before, text = logging.getLogRecordFactory(), io.StringIO()
    logger = logging.getLogger("streamlit.of.a.test")
    handler = logging.StreamHandler(text)
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    logger.addHandler(handler)
    logger.propagate, logger.level = (
        False,
        logging.DEBUG,
    )  # Streamlit sets the level of its own logger
    guard(["streamlit"])
    yield logger, text
    logging.setLogRecordFactory(before)
    logger.removeHandler(handler)
    for name in logging.root.manager.loggerDict:
        one = logging.getLogger(name)
        for flood in [kept for kept in one.filters if isinstance(kept, Flood)]:
            one.removeFilter(flood)


@pytest.mark.parametrize("hostile", HOSTILE_LINES)
def test_a_message_is_one_line_without_control_characters(log, hostile):
    logger, text = log
    logger.warning("The fragment %s does not exist.", hostile)
    logger.warning(hostile.replace("%", "%%"))
    said = text.getvalue()
    assert said.count("\n") == 2
    assert all(line.startswith("WARNING ") for line in said.splitlines())
    assert said.replace("\n", "").isprintable()


@pytest.mark.parametrize("hostile", HOSTILE_LINES)
def test_the_text_of_an_error_does_not_start_a_line(log, hostile):
    logger, text = log
    try:
        raise ValueError(hostile)
    except ValueError:
        logger.exception("Refused")
    first_line, *traceback = text.getvalue().splitlines()
    assert first_line == "ERROR Refused"
    assert traceback[0] == "Traceback (most recent call last):"
    assert all(line.startswith("    ") for line in traceback[1:])
    assert all(line.isprintable() for line in traceback)


def test_long_messages_are_cut_in_the_middle(log):
    logger, text = log
    logger.warning("%s", "a" * 7_000_000 + "the end")
    try:
        raise ValueError("b" * 7_000_000)
    except ValueError:
        logger.exception("c" * 7_000_000)
    said = text.getvalue()
    assert len(said) < 3 * log_lines.MOST_OF_TRACEBACK
    assert "the end" in said
    assert shortened("d" * 80, 80) == "d" * 80
    assert " 1,000 more " in shortened("d" * 1_080, 80)


def test_a_flood_of_lines_is_limited_and_counted(log, monkeypatch):
    logger, text = log
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])

    def flood(count: int) -> None:
        for number in range(count):
            logger.warning("line %d", number)

    flood(10_000)
    logger.warning("another place in the code is heard")
    assert len(text.getvalue().splitlines()) == MOST_LINES + 1
    now[0] += log_lines.SECONDS
    flood(1)
    summary = f"[{10_000 - MOST_LINES:,} lines like this one were left out]"
    assert text.getvalue().splitlines()[-1] == f"WARNING {summary} line 0"
    flood(MOST_LINES - 1)
    now[0] += log_lines.SECONDS
    flood(1)
    assert text.getvalue().splitlines()[-1] == "WARNING line 0"  # no line was omitted


def test_a_record_keeps_its_parts_for_other_handlers():
    record = LogLine("a", logging.INFO, __file__, 1, "of %d%%", (5,), None)
    assert record.getMessage() == "of 5%"
    assert record.exc_text is None
