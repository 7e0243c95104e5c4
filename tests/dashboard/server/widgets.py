"""Messages of a browser about widgets, as the tests of forged messages send them."""

from __future__ import annotations

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import ClientConnection

from tests.dashboard.server.talk import PATIENCE, rerun


def widget_ids(line: ClientConnection) -> dict[str, str]:
    """Ids by key of the widgets that a run draws."""
    ids: dict[str, str] = {}
    while True:
        message = ForwardMsg()
        message.ParseFromString(bytes(line.recv(PATIENCE)))  # type: ignore[arg-type]
        if message.WhichOneof("type") == "script_finished":
            return ids
        element = message.delta.new_element
        kind = element.WhichOneof("type")
        own = getattr(getattr(element, kind), "id", "") if kind else ""
        ids[own.rpartition("-")[2]] = own


def run(line: ClientConnection, *states: WidgetState) -> dict[str, str]:
    back = rerun()
    back.rerun_script.widget_states.widgets.extend(states)
    line.send(back.SerializeToString())
    return widget_ids(line)


def until(line: ClientConnection, key: str, *states: WidgetState) -> dict[str, str]:
    """Run until a widget is drawn, because a run may be replaced by the next."""
    ids = run(line, *states)
    while key not in ids:
        ids |= widget_ids(line)
    return ids


def pressed(own: str) -> WidgetState:
    return WidgetState(id=own, trigger_value=True)


def agrees(own: str) -> WidgetState:
    state = WidgetState(id=own)
    state.string_array_value.data.append("Agrees")
    return state
