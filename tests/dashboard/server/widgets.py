"""Widgets of a page over a raw websocket: run the page, find the widgets, press and fill them."""

from __future__ import annotations

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import ClientConnection

from tests.dashboard.server.talk import PATIENCE, rerun


def widget_ids(line: ClientConnection) -> dict[str, str]:
    """Ids of the widgets that a run draws, by key."""
    ids: dict[str, str] = {}
    while True:
        message = ForwardMsg()
        message.ParseFromString(bytes(line.recv(PATIENCE)))  # type: ignore[arg-type]
        if message.WhichOneof("type") == "script_finished":
            return ids
        element = message.delta.new_element
        kind = element.WhichOneof("type")
        widget_id = getattr(getattr(element, kind), "id", "") if kind else ""
        ids[widget_id.rpartition("-")[2]] = widget_id


def run_page(line: ClientConnection, *states: WidgetState) -> dict[str, str]:
    """Run the page with widgets in these states. Return the ids of the widgets that it draws."""
    back = rerun()
    back.rerun_script.widget_states.widgets.extend(states)
    line.send(back.SerializeToString())
    return widget_ids(line)


def run_until_drawn(line: ClientConnection, key: str, *states: WidgetState) -> dict[str, str]:
    """Run the page until a widget is drawn. The page may run again before it has drawn the widget."""
    ids = run_page(line, *states)
    while key not in ids:
        ids |= widget_ids(line)
    return ids


def pressed(widget_id: str) -> WidgetState:
    """State of a button that was pressed."""
    return WidgetState(id=widget_id, trigger_value=True)


def agrees(widget_id: str) -> WidgetState:
    """State of a choice of verdicts in which "Agrees" was chosen."""
    state = WidgetState(id=widget_id)
    state.string_array_value.data.append("Agrees")
    return state
