SELECT
    (SELECT count(*) FROM reading) AS readings,
    (SELECT count(*) FROM observation) AS observations,
    (SELECT count(*) FROM quarantine) AS quarantined
