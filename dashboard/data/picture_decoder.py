"""Decode and shrink untrusted pictures in a separate process with limits, `dashboard.data.pictures_child`."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import subprocess
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dashboard.data.uploads.child_process import MEBI, Limits, start_child

MOST_BYTES = 24 * MEBI
"""Maximum size of a picture's file; larger files are not read."""
AT_ONCE = threading.BoundedSemaphore(2)
"""Processes that decode at the same time; others wait."""
LIMITS = Limits(memory=512 * MEBI, seconds=20, file_size=0)
UNREADABLE = "a picture must be decoded within the limits of the server"


@dataclass(frozen=True)
class Picture:
    """Picture of a unit, or the reason why it was refused.

    Attributes
    ----------
    jpeg : bytes
        Empty if there is no picture.
    refused : str
        Reason for refusing the picture; empty if it was not refused.
    """

    jpeg: bytes = b""
    refused: str = ""

    @property
    def address(self) -> str:
        """Picture as a ``data:`` address; empty if there is no picture."""
        if not self.jpeg:
            return ""
        return f"data:image/jpeg;base64,{base64.b64encode(self.jpeg).decode()}"


NO_PICTURE = Picture()
"""Result for a unit without a file."""


def decode(read: Callable[[str], bytes | None], units: Sequence[str], side: int) -> list[Picture]:
    """Decode the pictures of some units, in their order.

    Parameters
    ----------
    read : callable
        Returns the bytes of a unit's picture; `None` if it has none.
    side : int
        Largest width and height of a returned picture, in pixels.
    """
    pictures: list[Picture] = []
    child: _Child | None = None
    with AT_ONCE:
        try:
            for unit in units:
                data = read(unit)
                if data is None:
                    pictures.append(NO_PICTURE)
                    continue
                child = child or _Child()
                picture = child.decode(data, side)
                if picture is None:
                    # The picture has ended the process. Another process continues with the rest.
                    child.end()
                    child = None
                pictures.append(picture or Picture(refused=UNREADABLE))
        finally:
            if child is not None:
                child.end()
    return pictures


class _Child:
    """Process that decodes pictures."""

    def __init__(self) -> None:
        module = "dashboard.data.pictures_child"
        self._process = start_child(module, None, stderr=subprocess.DEVNULL)
        # The timer also ends a process that waits, because waiting uses no CPU time.
        self._clock = threading.Timer(3 * LIMITS.seconds, self._process.kill)
        self._clock.daemon = True
        self._clock.start()
        with contextlib.suppress(BrokenPipeError):
            self._send({"limits": LIMITS.of_process(), "parent": os.getpid()})

    def _send(self, message: dict[str, object], data: bytes = b"") -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message).encode() + b"\n" + data)
        self._process.stdin.flush()

    def decode(self, data: bytes, side: int) -> Picture | None:
        """Decode a picture; `None` if decoding ended the process."""
        assert self._process.stdout is not None
        with contextlib.suppress(OSError, ValueError, KeyError):
            self._send({"length": len(data), "side": side}, data)
            answer = json.loads(self._process.stdout.readline(4 * MEBI))
            if "refused" in answer:
                return Picture(refused=str(answer["refused"]))
            return Picture(jpeg=base64.b64decode(answer["jpeg"], validate=True))
        return None

    def end(self) -> None:
        """End the process."""
        self._clock.cancel()
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
