"""Messages between a page and Streamlit: which are allowed, and which files they name.

The threat model in the guide lists all messages, with the harm that a stranger could do with each.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from dashboard.data.uploads.job import MAX_FILES
from dashboard.server.streamlit_internals import BackMsg, ForwardMsg

_HASH = re.compile("[0-9a-f]{32}|")
"""Form of the hashes of pages and fragments; Streamlit logs them without escaping."""
_REQUEST = re.compile(r"[\w-]{1,64}", re.ASCII)


def read(data: bytes) -> BackMsg | None:
    """Parse a message of a page; `None` if it is invalid."""
    message = BackMsg()
    try:
        message.ParseFromString(data)
    except Exception:  # the parser belongs to Streamlit, and may raise any error
        return None
    return message


def is_allowed(message: BackMsg, has_file: Callable[[str], bool]) -> bool:
    """True if a page of this app could send a message.

    Parameters
    ----------
    message : BackMsg
    has_file : callable
        True if the server has sent a file name to this reader.

    Returns
    -------
    bool
        False for every kind of message that is not listed here.
    """
    match message.WhichOneof("type"):
        case "rerun_script":
            state = message.rerun_script
            return all(map(_HASH.fullmatch, (state.page_script_hash, state.fragment_id)))
        case "stop_script" | "app_heartbeat":
            return True
        case "file_urls_request":
            return len(message.file_urls_request.file_names) <= MAX_FILES
        case "backend_operation_request":
            request = message.backend_operation_request
            return (
                request.WhichOneof("payload") == "deferred_file"
                and _REQUEST.fullmatch(request.request_id) is not None
                and has_file(request.deferred_file.file_id)
            )
    return False


def refusal(message: BackMsg) -> ForwardMsg | None:
    """Error response to a page that requests too much at once; `None` for a message that no page sends."""
    answer = ForwardMsg()
    match message.WhichOneof("type"):
        case "file_urls_request":
            answer.file_urls_response.response_id = message.file_urls_request.request_id[:64]
            answer.file_urls_response.error_msg = (
                f"At most {MAX_FILES} files can be uploaded at once."
            )
        case "backend_operation_request":
            request, response = message.backend_operation_request, answer.backend_operation_response
            response.request_id = request.request_id[:64]
            response.error_msg = "The file cannot be made now. Load the page again."
        case _:
            return None
    return answer


def files_in(message: ForwardMsg) -> Iterator[str]:
    """Names of the files that a message lets a page request: stored files, and files generated on request."""
    match message.WhichOneof("type"):
        case "delta":
            element = message.delta.new_element
            match element.WhichOneof("type"):
                case "download_button":
                    yield element.download_button.deferred_file_id
                    yield _file_name(element.download_button.url)
                case "imgs":
                    yield from (_file_name(image.url) for image in element.imgs.imgs)
        case "backend_operation_response":
            yield _file_name(message.backend_operation_response.deferred_file.url)


def _file_name(url: str) -> str:
    return url.rpartition("/")[2]
