COPY reading (series_id, ts, received_at, arrival, raw, value, quality) FROM STDIN (FORMAT binary)
