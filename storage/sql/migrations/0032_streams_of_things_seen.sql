-- Which things each camera has ever seen is found by a few probes instead of by reading them all.

CREATE INDEX observation_stream ON observation (source_id, kind, (coalesce(zone, '')), started_at);
