"""Arrays as PostgreSQL's text form: put together in C, where the driver's own takes half a microsecond an element."""

from collections.abc import Iterable, Sequence


def text_array(items: Sequence[str]) -> str:
    """Return strings as a literal to be cast to `text[]`, every one of them quoted (PostgreSQL documentation, 8.15)."""
    if not items:
        return "{}"
    body = '","'.join(items)
    if "\\" in body or body.count('"') != 2 * (len(items) - 1):
        body = '","'.join(item.replace("\\", "\\\\").replace('"', '\\"') for item in items)
    return f'{{"{body}"}}'


def number_array(items: Iterable[int]) -> str:
    """Return whole numbers as a literal to be cast to `bigint[]`."""
    return f"{{{','.join(map(str, items))}}}"
