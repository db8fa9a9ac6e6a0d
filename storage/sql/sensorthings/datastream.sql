SELECT streams.id, sources.name || ' · ' || coalesce(%(metrics)s::jsonb ->> streams.word, streams.word)
        || coalesce(' · ' || nullif(streams.zone, ''), '') AS name,
    streams.word || ' / ' || sources.name || coalesce(' / ' || sources.site_name, '') AS description,
    jsonb_build_object('name', streams.unit, 'symbol', streams.unit, 'definition', 'http://unitsofmeasure.org')
        AS "unitOfMeasurement",
    'http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement' AS "observationType",
    CASE WHEN sources.lat IS NOT NULL
        THEN jsonb_build_object('type', 'Point', 'coordinates', jsonb_build_array(sources.lon, sources.lat)) END
        AS "observedArea",
    streams.first_at AS "phenomenonTime", streams.last_at AS "phenomenonTime_end",
    streams.first_result_at AS "resultTime", streams.last_result_at AS "resultTime_end",
    jsonb_build_object('metric', streams.metric, 'seen', streams.seen, 'zone', nullif(streams.zone, ''), 'series',
        streams.series) AS properties,
    streams.source_id AS thing, streams.prop, streams.series, streams.seen, streams.zone
FROM (
    SELECT series.source_id || '.' || series.metric || coalesce('.' || nullif(series.zone, ''), '') AS id,
        series.source_id, series.metric AS word, series.metric, NULL::text AS seen, series.zone, series.unit,
        series.metric AS prop, series.id AS series,
        (SELECT ts FROM reading WHERE reading.series_id = series.id ORDER BY ts LIMIT 1) AS first_at,
        (SELECT ts FROM reading WHERE reading.series_id = series.id ORDER BY ts DESC LIMIT 1) AS last_at,
        (SELECT ts FROM reading WHERE reading.series_id = series.id ORDER BY ts LIMIT 1) AS first_result_at,
        (SELECT ts FROM reading WHERE reading.series_id = series.id ORDER BY ts DESC LIMIT 1) AS last_result_at
    FROM series
    UNION ALL
    SELECT seen.source_id || ':' || seen.kind || coalesce('.' || nullif(seen.zone, ''), ''),
        seen.source_id, seen.kind, NULL, seen.kind, seen.zone, '1', 'seen:' || seen.kind, NULL,
        (SELECT min(started_at) FROM observation WHERE (source_id, kind, coalesce(zone, '')) = (seen.source_id, seen.kind, seen.zone)),
        (SELECT max(coalesce(ended_at, updated_at)) FROM observation
            WHERE (source_id, kind, coalesce(zone, '')) = (seen.source_id, seen.kind, seen.zone)),
        (SELECT min(updated_at) FROM observation WHERE (source_id, kind, coalesce(zone, '')) = (seen.source_id, seen.kind, seen.zone)),
        (SELECT max(updated_at) FROM observation WHERE (source_id, kind, coalesce(zone, '')) = (seen.source_id, seen.kind, seen.zone))
    FROM ({seen}) AS seen
) AS streams
JOIN ({sources}) AS sources ON sources.id = streams.source_id
