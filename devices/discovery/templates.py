"""The few value templates that name a field and nothing more.

Home Assistant's templates are programs; these read like a path. Filters that round or cast change no meaning here.
"""

import re

_TEMPLATE = re.compile(r"\{\{-?\s*(?P<root>value_json|value)(?P<steps>[^{}|]*?)\s*(?P<filters>(\|[^{}|]*?)*)\s*-?\}\}")
_STEP = re.compile(
    r"\.(?P<key>[A-Za-z_]\w*)|\[\s*(?P<index>\d+)\s*\]|\[\s*(?P<quote>['\"])(?P<quoted>[^'\"]+)(?P=quote)\s*\]"
)
_FILTER = re.compile(r"(float|int|round|default|is_defined|string|trim)(\s*\([^()]*\))?")


def path_of(template: str | None) -> str | None:
    """Return the way to the value that a template names, `value` for the message itself; None where it does more.

    Args:
        template: A Jinja template; None stands for the message itself.
    """
    if template is None or not template.strip():
        return "value"
    found = _TEMPLATE.fullmatch(template.strip())
    if found is None:
        return None
    filters = [part.strip() for part in found["filters"].split("|")[1:]]
    if not all(_FILTER.fullmatch(part) for part in filters):
        return None
    steps, parts, position = found["steps"].strip(), [], 0
    while position < len(steps):
        step = _STEP.match(steps, position)
        if step is None:
            return None
        parts.append(step["key"] or step["index"] or step["quoted"])
        position = step.end()
    if found["root"] == "value":
        return None if parts else "value"
    return ".".join(parts) or None
