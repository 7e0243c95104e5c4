"""Tests of messages and sockets of strangers: refused, few in the log, and with files left for others."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from streamlit.proto.BackMsg_pb2 import BackendOperationRequest, BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from dashboard.data.uploads.job import MAX_FILES
from dashboard.server import browser_access
from dashboard.server.connection_limits import most_sockets
from dashboard.server.messages import is_allowed, refusal
from dashboard.server.sockets import MAX_PENDING, Socket
from tests.dashboard.server.talk import (
    PROGRAM,
    ask,
    call,
    first,
    heard,
    heard_until,
    heartbeat,
    host,
    memory,
    open_socket,
    process_of,
    put,
    session,
    upgrade,
)
from tests.dashboard.tables import made
from tests.running import running_app

ROOT = Path(__file__).parents[3]
KINDS = [field.name for field in BackMsg.DESCRIPTOR.fields]
OPERATIONS = [field.name for field in BackendOperationRequest.DESCRIPTOR.oneofs[0].fields]
FILES = 1024
ROOM = 3 * FILES // 4
needs_proc = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs /proc")
ALLOWED = {"rerun_script", "stop_script", "app_heartbeat", "file_urls_request"}


def message(kind: str) -> BackMsg:
    """Empty message of a kind."""
    sent = BackMsg()
    if BackMsg.DESCRIPTOR.fields_by_name[kind].message_type:
        getattr(sent, kind).SetInParent()
    else:
        setattr(sent, kind, True)
    return sent


def operation(kind: str) -> BackMsg:
    """Operation of a kind with a request id."""
    sent = BackMsg()
    sent.backend_operation_request.request_id = "a-1"
    getattr(sent.backend_operation_request, kind).SetInParent()
    return sent


def names(count: int) -> BackMsg:
    """Message that requests the addresses of files."""
    sent = BackMsg()
    sent.file_urls_request.request_id = "a-1"
    sent.file_urls_request.file_names.extend(["a"] * count)
    return sent


@pytest.mark.parametrize("kind", KINDS)
def test_unlisted_kinds_of_messages_are_refused(kind):
    assert is_allowed(message(kind), lambda name: True) == (kind in ALLOWED)


@pytest.mark.parametrize("kind", OPERATIONS)
def test_only_files_offered_to_the_reader_are_made(kind):
    assert is_allowed(operation(kind), lambda name: True) == (kind == "deferred_file")
    assert not is_allowed(operation(kind), lambda name: False)


def test_an_empty_message_is_refused():
    assert not is_allowed(BackMsg(), lambda name: True)


@pytest.mark.parametrize("field", ["fragment_id", "page_script_hash"])
@pytest.mark.parametrize("text", ["\x1b[2J", "a" * 33, "A" * 32, "a" * 31 + "\n", "../" * 10])
def test_names_that_streamlit_logs_must_be_hashes(field, text):
    sent = BackMsg()
    setattr(sent.rerun_script, field, "0123456789abcdef" * 2)
    assert is_allowed(sent, lambda name: True)
    setattr(sent.rerun_script, field, text)
    assert not is_allowed(sent, lambda name: True)


def test_too_many_requests_for_files_get_an_error():
    assert is_allowed(names(MAX_FILES), lambda name: True)
    assert not is_allowed(names(MAX_FILES + 1), lambda name: True)
    answer = refusal(names(MAX_FILES + 1))
    assert answer is not None
    assert answer.file_urls_response.response_id == "a-1"
    assert str(MAX_FILES) in answer.file_urls_response.error_msg
    assert refusal(message("clear_cache")) is None


def test_the_guide_describes_every_accepted_message():
    guide = (ROOT / "dashboard" / "guide" / "security.md").read_text(encoding="utf-8")
    described = set(re.findall(r"^\| `([a-z_.]+)` \|", guide, re.MULTILINE))
    assert described == {name for name in KINDS if name != "backend_operation_request"} | {
        f"backend_operation_request.{name}" for name in OPERATIONS
    }


def test_files_made_at_once_are_limited_by_socket():
    socket = Socket("reader")
    sent = operation("deferred_file")
    for number in range(MAX_PENDING):
        sent.backend_operation_request.request_id = str(number)
        assert socket.accepts(sent)
        assert not socket.accepts(sent)  # the same request again, while it is answered
    sent.backend_operation_request.request_id = "one more"
    assert not socket.accepts(sent)
    assert socket.accepts(message("rerun_script"))
    answer = ForwardMsg()
    answer.backend_operation_response.request_id = "0"
    socket.note_session_and_files(answer)
    assert socket.accepts(sent)


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[tuple[str, Path]]:
    """Address of a private app that may open few files, and the folder of its log and temporary files."""
    folder = tmp_path_factory.mktemp("messages")
    scores, log = made(rows=300).write(folder / "scores.csv"), folder / "log"
    few = ["sh", "-c", f'ulimit -n {FILES}; exec "$0" "$@" >"{log}" 2>&1', PROGRAM]
    command = [*few, "open", str(scores), "--private", "--port", "{port}"]
    with running_app(command, cwd=folder, env={"TMPDIR": str(folder)}) as url:
        yield url, folder


def ended(line: ClientConnection) -> int | None:
    """Wait until the server closes a websocket. Return the close code."""
    with suppress(ConnectionClosed):
        while True:
            line.recv(30)
    return line.close_code


def threads(process: int) -> int:
    return len(list(Path(f"/proc/{process}/task").iterdir()))


@needs_proc
def test_a_message_cannot_clear_shared_caches(server):
    url, folder = server
    process = process_of(url)
    with session(url) as (line, _):
        heard_until(line, "script_finished")
        own = sorted(folder.glob("common-ground*/*"))
        assert len(own) == 1
        before = threads(process)
        for _ in range(3):
            line.send(message("clear_cache").SerializeToString())
            line.send(message("rerun_script").SerializeToString())
            heard_until(line, "script_finished")
        assert sorted(folder.glob("common-ground*/*")) == own
        assert threads(process) < before + 3


def test_unexpected_messages_are_ignored(server):
    url, _ = server
    with session(url) as (line, _):
        heard_until(line, "script_finished")
        heartbeat(line)
        for one in [
            *(message(kind) for kind in KINDS if kind not in ALLOWED),
            *map(operation, OPERATIONS),
        ]:
            line.send(one.SerializeToString())
        answers = [
            answer for answer in heartbeat(line) if not answer.backend_operation_response.error_msg
        ]
        assert [answer.WhichOneof("type") for answer in answers] == ["heartbeat_ack"]


def test_a_message_with_many_names_delays_no_other_reader(server):
    url, _ = server
    process = process_of(url)
    with session(url) as (line, _), session(url) as (other, _):
        for one in (line, other):
            heard_until(one, "script_finished")
        before, start = memory(process), time.monotonic()
        for _ in range(20):
            line.send(names(300_000).SerializeToString())
        heartbeat(other)
        answers = heartbeat(line)
        assert time.monotonic() - start < 10
        assert memory(process) - before < 200_000_000
        assert {len(answer.file_urls_response.file_urls) for answer in answers} == {0}
        assert sum(bool(answer.file_urls_response.error_msg) for answer in answers) == 20
        line.send(names(MAX_FILES).SerializeToString())
        [answer] = heard_until(line, "file_urls_response")
        assert len(answer.file_urls_response.file_urls) == MAX_FILES


def test_too_large_a_message_ends_the_socket(server):
    url, _ = server
    with session(url) as (line, _):
        sent = names(2_600_000).SerializeToString()
        with suppress(ConnectionClosed):  # the server may close the connection during sending
            line.send(sent)
        assert ended(line) in (1006, 1009)
    assert ask(url, "/healthz", host(url)).status == 200


@pytest.mark.parametrize(("data", "code"), [("a text", 1003), (b"\xff" * 9, 1002), (b"", None)])
def test_an_invalid_message_ends_the_socket(server, data, code):
    url, _ = server
    with session(url) as (line, _):
        line.send(data)
        if code is None:
            heartbeat(line)
            return
        assert ended(line) == code


def test_a_message_in_pieces_of_one_byte_is_read_as_a_whole(server):
    url, _ = server
    with session(url) as (line, _):
        heard_until(line, "script_finished")
        whole = message("clear_cache").SerializeToString()
        line.send([whole[k : k + 1] for k in range(len(whole))])  # one message in many frames
        assert [one.WhichOneof("type") for one in heartbeat(line)][-1] == "heartbeat_ack"


def joined(*kinds: str) -> bytes:
    return b"".join(message(kind).SerializeToString() for kind in kinds)


def test_of_two_joined_messages_only_the_last_is_checked_and_obeyed(server):
    """Two messages in one: the last is the one that is both checked and obeyed."""
    last_is_refused = BackMsg.FromString(joined("rerun_script", "clear_cache"))
    assert not is_allowed(last_is_refused, lambda name: True)
    url, _ = server
    with session(url) as (line, _):
        heard_until(line, "script_finished")
        line.send(joined("set_run_on_save", "app_heartbeat"))
        answers = heard_until(line, "heartbeat_ack")
        assert not any(answer.session_status_changed.run_on_save for answer in answers)


def number_of_files(process: int) -> int:
    """Number of files that a process has open."""
    return len(list(Path(f"/proc/{process}/fd").iterdir()))


@needs_proc
def test_idle_sockets_leave_files_for_everything_else(server):
    url, folder = server
    process, before = process_of(url), len((folder / "log").read_bytes())
    with ExitStack() as idle:
        statuses = [upgrade(idle.enter_context(call(url)), host(url)).status for _ in range(300)]
        assert statuses == [101] * most_sockets(FILES) + [503] * (300 - most_sockets(FILES))
        assert number_of_files(process) < ROOM
        # Other connections have a separate limit, and pages still get answers.
        for _ in range(100):
            idle.enter_context(call(url)).sendall(b"GET / HT")
        assert ask(url, "/", host(url)).status == 200
        assert number_of_files(process) < ROOM
    end = time.monotonic() + 60
    while True:
        with suppress(Exception), session(url) as (line, _):
            heard_until(line, "script_finished")
            break
        assert time.monotonic() < end, "no page was let in after the others had gone"
        time.sleep(0.2)
    assert len((folder / "log").read_bytes()) - before < 20_000


@needs_proc
def test_changing_pages_leave_files_for_everything_else(server):
    url, folder = server
    process, most = process_of(url), 0
    before = len((folder / "log").read_bytes())
    for number in range(400):
        with open_socket(url) as line:
            assert line.response is not None
            if number % 50 == 0:
                line.send(b"\xff" * 9)
        most = max(most, number_of_files(process))
    assert most < ROOM
    with call(url) as line:
        line.sendall(f"GET /healthz HTTP/1.1\r\n{host(url)}\r\n\r\n".encode())
        assert first(line).status == 200
    assert len((folder / "log").read_bytes()) - before < 20_000


def test_requests_of_strangers_cause_few_log_lines(server):
    """Fragments, pages, queries, half requests and half uploads, each many times."""
    url, folder = server
    before = len((folder / "log").read_bytes())
    hostile = "\x1b[2J\n2026-11-30 12:00:00 ERROR forged"
    with session(url) as (line, name):
        heard_until(line, "script_finished")
        sent = [BackMsg() for _ in range(4)]
        sent[0].rerun_script.fragment_id = hostile + "x" * 900_000
        sent[1].rerun_script.fragment_id = "f" * 32
        sent[2].backend_operation_request.deferred_file.file_id = hostile * 10_000
        sent[3].backend_operation_request.request_id = hostile * 10_000
        for one in sent:
            for _ in range(100):
                line.send(one.SerializeToString())
        heartbeat(line)
        whole = put(url, name, b"0" * 1_000)
        for _ in range(50):
            with call(url) as half:
                half.sendall(whole[:-500])
            with call(url) as torn:
                torn.sendall(whole.replace(b"\r\n------cut", b"\r\n----\x1b[2J", 1))
                assert first(torn).status == 400
    for _ in range(100):
        with call(url) as half:
            half.sendall(b"GET\x1b[2J / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            heard(half)
    with session(url) as (line, _):
        heard_until(line, "script_finished")
        unknown = BackMsg()
        value = unknown.rerun_script.widget_states.widgets.add()
        value.id, value.string_value = f"\x1b[2J$$ID-{'0' * 32}-a", "a"
        line.send(unknown.SerializeToString())
        heard_until(line, "script_finished")
    said = (folder / "log").read_bytes()[before:].decode()
    assert "\x1b" not in said
    assert "forged" not in said
    assert "KeyError" in said  # the page with an unknown widget
    assert len(said) < 100_000


def test_an_idle_socket_is_ended(monkeypatch):
    monkeypatch.setattr(browser_access, "FIRST_SECONDS", 0.05)
    received = []

    async def never():
        await asyncio.Event().wait()

    async def send(sent):
        received.append(sent)

    async def waits(scope, receive, send):
        assert (await receive())["type"] == "websocket.disconnect"

    scope = {"type": "websocket", "headers": [], "path": "/", "scheme": "ws"}
    asyncio.run(browser_access.BrowserAccess(waits, "")(scope, never, send))
    assert received == [{"type": "websocket.close", "code": browser_access.TOO_QUIET}]
