"""References by id, for sections that name entries of other sections."""

from collections.abc import Iterator, Mapping, Sequence

from configs.model import Contradiction, KeyPath, entries, nearest, quoted


def ids_of(values: Mapping[str, object], key: str) -> list[str]:
    """Return the ids of a list of sections, passing over what has none."""
    return [identifier for _, entry in entries(values, key) if isinstance(identifier := entry.get("id"), str)]


def reference(path: KeyPath, name: object, what: str, known: Sequence[str]) -> Iterator[Contradiction]:
    """Yield that a name is not among those known.

    Args:
        path: Where it stands.
        name: The name; anything but a text is another mistake, told elsewhere.
        what: What is known, for the message: `offices`, `the metrics of tide-1`.
        known: Names that may stand there.
    """
    if isinstance(name, str) and name not in known:
        near = nearest(name, known)
        yield Contradiction(
            path=path,
            problem=f"{quoted(name)} is not among {what}",
            remedy="write the id of one that is there" if near is None else f"write {quoted(near)} if that is meant",
        )
