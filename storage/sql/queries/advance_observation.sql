-- A later statement may leave out the picture or the place; the observation keeps what it had.
UPDATE observation
SET phase = %(phase)s,
    updated_at = %(updated_at)s,
    ended_at = %(ended_at)s,
    received_at = %(received_at)s,
    box = coalesce(%(box)s::double precision[], box),
    count = coalesce(%(count)s, count),
    score = %(score)s,
    evidence = coalesce(%(evidence)s, evidence),
    attrs = attrs || %(attrs)s::jsonb
WHERE id = %(id)s
