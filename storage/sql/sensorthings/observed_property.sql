SELECT known.id, coalesce(%(metrics)s::jsonb ->> known.word, known.word) AS name,
    %(root)s::text || '/ObservedProperties(''' || replace(known.id, '''', '''''') || ''')' AS definition,
    known.description, jsonb_build_object('metric', known.metric, 'seen', known.seen) AS properties, known.id AS prop
FROM (
    SELECT DISTINCT series.metric AS id, series.metric AS word, series.metric, NULL::text AS seen,
        'Besaran terukur / measured quantity' AS description
    FROM series
    UNION ALL
    SELECT DISTINCT 'seen:' || seen.kind, seen.kind, NULL, seen.kind, 'Hal yang terlihat / thing seen, by its score 0..1'
    FROM ({seen}) AS seen
) AS known
