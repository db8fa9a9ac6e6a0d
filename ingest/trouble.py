"""Why a camera gives no pictures, and what to do about it."""

from enum import StrEnum

import av

from events.errors import SourceError


class Trouble(StrEnum):
    """Kinds of trouble with a stream; a metric label, and the reason told with a `no_signal` event."""

    UNREACHABLE = "unreachable"
    UNAUTHORIZED = "unauthorized"
    NOT_FOUND = "not_found"
    REFUSED = "refused"
    NOT_VIDEO = "not_video"
    TIMEOUT = "timeout"
    ENDED = "ended"
    STALLED = "stalled"


REMEDIES = {
    Trouble.UNREACHABLE: "the camera cannot be reached: check its power, network and the address and port in its url",
    Trouble.UNAUTHORIZED: "the camera refuses the user name or password: correct them in its url",
    Trouble.NOT_FOUND: "the camera answers but has no stream under this path: correct the path in its url",
    Trouble.REFUSED: "the camera answers but refuses the stream just now: too many viewers, or it needs a restart",
    Trouble.NOT_VIDEO: "what answers there sends no video that can be read: check that the url names an RTSP stream",
    Trouble.TIMEOUT: "the address accepts connections but gives no RTSP answer in time: check the port in its url",
    Trouble.ENDED: "the camera ended the stream or the connection broke: it is opened again by itself",
    Trouble.STALLED: "the camera is connected but sends no complete picture: check its encoder and the network",
}


class StreamError(SourceError):
    """A stream cannot be read just now; the message says what to do and never holds credentials.

    Attributes:
        trouble: The kind.
    """

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(REMEDIES[trouble])
        self.trouble = trouble


def trouble_of(error: av.FFmpegError, *, late: bool) -> Trouble:
    """Name what an opening that failed means.

    Args:
        error: What PyAV raised. Its text repeats the URL with the password, so it must not be shown or chained.
        late: Whether the time for opening was used up: PyAV reports an answer that never came as invalid data.
    """
    match error:
        case av.HTTPUnauthorizedError() | av.HTTPForbiddenError():
            return Trouble.UNAUTHORIZED
        case av.HTTPNotFoundError():
            return Trouble.NOT_FOUND
        case av.HTTPError() | av.HTTPClientError():
            return Trouble.REFUSED
        case av.ExitError() | av.TimeoutError():
            return Trouble.TIMEOUT
        case av.OSError() | av.ConnectionRefusedError() | av.ConnectionResetError() | av.BrokenPipeError():
            return Trouble.UNREACHABLE
        case _:
            return Trouble.TIMEOUT if late else Trouble.NOT_VIDEO
