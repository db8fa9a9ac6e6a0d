"""Why a message is refused: a fixed list, fit for metric labels, quarantine and the answer to the device."""

from enum import StrEnum


class Reason(StrEnum):
    """Reasons of a rejection.

    Attributes:
        MALFORMED: Not the JSON, or not the shape, that the topic asks for.
        UNKNOWN_TOPIC: The topic is not one of the contract's, or not one that this kind of source uses.
        UNKNOWN_SOURCE: The site file names no such source.
        UNKNOWN_METRIC: The site file gives the source no such metric.
        UNKNOWN_ALIAS: A Sparkplug metric is named by a number only, and the birth that explains it was not heard.
        IMPOSSIBLE_VALUE: Not a finite number where one belongs.
        WRONG_UNIT: The device names another unit than the site file.
        BAD_TIME: Not a time, without time zone, before 2000, or more than a year ahead.
        TOO_LARGE: More bytes, or more values, than one message may have.
        BAD_DIGEST: An evidence topic does not name the SHA-256 of its payload.
        NOT_A_JPEG: Evidence that is no JPEG.
        BAD_EVENT: An event with a field that makes no sense.
        DECODER_FAULT: A bug of Pantau's own; the message is kept and may be replayed once it is mended.
    """

    MALFORMED = "malformed"
    UNKNOWN_TOPIC = "unknown_topic"
    UNKNOWN_SOURCE = "unknown_source"
    UNKNOWN_METRIC = "unknown_metric"
    UNKNOWN_ALIAS = "unknown_alias"
    IMPOSSIBLE_VALUE = "impossible_value"
    WRONG_UNIT = "wrong_unit"
    BAD_TIME = "bad_time"
    TOO_LARGE = "too_large"
    BAD_DIGEST = "bad_digest"
    NOT_A_JPEG = "not_a_jpeg"
    BAD_EVENT = "bad_event"
    DECODER_FAULT = "decoder_fault"
