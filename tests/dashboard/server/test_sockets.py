"""Tests of sockets, their messages and ended sessions on Streamlit's own runtime."""

from __future__ import annotations

import asyncio
import gc
import time
import tomllib
import weakref

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from dashboard.server import sockets
from dashboard.server.sockets import CLOSED_SECONDS, SWEEP_SECONDS, Socket, Sockets, sweep_once
from tests.dashboard.server.talk import rerun
from tests.repository import ROOT

USER = {"email": None}


class Browser:
    """Browser that ignores all messages."""

    def write_forward_msg(self, msg):
        """Discard a message."""


def new_session_message(session_id: str) -> ForwardMsg:
    message = ForwardMsg()
    message.new_session.initialize.session_id = session_id
    return message


def test_messages_are_forgotten_some_time_after_the_page_is_gone():
    known, socket = Sockets(), Socket("reader")
    known.add(socket)
    known.note_session_and_files(socket, new_session_message("s"))
    begun = time.monotonic()
    assert known.expire(begun + 10 * CLOSED_SECONDS) == set()  # an open page keeps its files
    assert known.has_session("reader", "s")
    assert not known.has_session("other", "s")
    assert not known.has_session(None, "s")
    assert not known.has_session("reader", "")
    assert known.is_open("s")
    assert known.session_of(socket.name) == "s"
    known.close(socket)
    assert not known.is_open("s")
    assert known.expire(begun + CLOSED_SECONDS - 1) == set()
    assert known.has_session("reader", "s")
    assert known.expire(time.monotonic() + CLOSED_SECONDS) == {"s"}
    assert not known.has_session("reader", "s")
    assert known.sessions() == set()


def test_a_session_that_is_continued_is_not_over():
    known, first = Sockets(), Socket("reader")
    known.add(first)
    known.note_session_and_files(first, new_session_message("s"))
    known.show("s", ("of s",))
    known.close(first)
    known.add(Socket("reader", session="s"))
    assert known.expire(time.monotonic() + CLOSED_SECONDS) == set()
    assert known.is_open("s")
    assert known.data() == {"of s"}
    assert known.events == {"connect": 1, "reconnect": 1, "disconnect": 1}


def test_data_stays_while_a_session_can_be_continued():
    known = Sockets()
    for name in ("s", "t"):
        known.add(socket := Socket("reader"))
        known.note_session_and_files(socket, new_session_message(name))
        known.show(name, ("sample", f"of {name}"))
    known.show("", ("of nobody",))
    known.close(socket)
    assert known.data() == {"sample", "of s", "of t"}
    known.expire(time.monotonic() + CLOSED_SECONDS)
    assert known.data() == {"sample", "of s"}


def test_remembered_messages_are_bounded(monkeypatch):
    monkeypatch.setattr(sockets, "MAX_CLOSED", 3)
    monkeypatch.setattr(sockets, "MAX_FILES", 2)
    known = Sockets()
    for number in range(10):
        socket = Socket("reader")
        known.add(socket)
        known.note_session_and_files(socket, new_session_message(str(number)))
        known.close(socket)
    assert [n for n in range(10) if known.has_session("reader", str(n))] == [7, 8, 9]
    socket, message = Socket("reader"), ForwardMsg()
    for name in ("a", "b", "a", "c"):
        message.delta.new_element.download_button.deferred_file_id = name
        socket.note_session_and_files(message)
    assert set(socket.files) - {""} <= {"a", "c"}
    assert "c" in socket.files


def test_a_fragment_of_a_left_page_does_not_run():
    socket = Socket("reader")
    decide, data, models = (letter * 32 for letter in "def")
    assert socket.accepts(rerun())
    assert socket.accepts(rerun(decide, "0" * 32))  # the server has sent the page's id
    assert socket.accepts(rerun(data))
    assert not socket.accepts(rerun(decide, "0" * 32))
    assert socket.accepts(rerun(data, "1" * 32))
    message = new_session_message("s")
    message.new_session.page_script_hash = models  # the script has switched to another page
    socket.note_session_and_files(message)
    assert socket.accepts(rerun(models, "2" * 32))


def test_a_session_left_long_ago_is_ended_and_freed(runtime, monkeypatch):
    monkeypatch.setattr(sockets, "SOCKETS", known := Sockets())
    files = runtime.uploaded_file_mgr

    async def ended():
        await asyncio.create_task(runtime.start())
        gone, here = (runtime.connect_session(Browser(), USER) for _ in range(2))
        opened = {session: Socket(session) for session in (gone, here)}
        for session, socket in opened.items():
            known.add(socket)
            known.note_session_and_files(socket, new_session_message(session))
        for session in (gone, here, "dropped by Streamlit"):
            files.add_file(session, UploadedFileRec("a", "a.csv", "text/csv", b"0"))
        held = weakref.ref(runtime.get_app_session(gone))
        runtime.disconnect_session(gone)
        known.close(opened[gone])
        assert sweep_once(time.monotonic()) == 0
        assert {name for name, own in files.file_storage.items() if own} == {gone, here}
        assert sweep_once(time.monotonic() + CLOSED_SECONDS) == 1
        assert {name for name, own in files.file_storage.items() if own} == {here}
        gc.collect()
        assert held() is None
        runtime.stop()
        await runtime.stopped

    asyncio.run(ended())


def test_streamlit_itself_keeps_a_session_longer():
    config = ROOT / "dashboard" / ".streamlit" / "config.toml"
    kept = tomllib.loads(config.read_text())["server"]["disconnectedSessionTTL"]
    assert kept > CLOSED_SECONDS + 2 * SWEEP_SECONDS
