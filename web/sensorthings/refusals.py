"""Refusals of questions."""

from http import HTTPStatus

from web.problems import ProblemError


def malformed(detail: str) -> ProblemError:
    """Return the refusal of a question that cannot be understood."""
    return ProblemError(HTTPStatus.BAD_REQUEST, detail)


def not_here(detail: str) -> ProblemError:
    """Return the refusal of a question that the standard knows and this server does not."""
    return ProblemError(HTTPStatus.NOT_IMPLEMENTED, detail)


def missing(detail: str) -> ProblemError:
    """Return the refusal of an address that nothing has."""
    return ProblemError(HTTPStatus.NOT_FOUND, detail)
