-- What hides an alarm, and what keeps it after its condition; the state follows from all facets.

ALTER TABLE alarm
    ADD COLUMN latching boolean NOT NULL DEFAULT false,
    ADD COLUMN latched boolean NOT NULL DEFAULT false,
    ADD COLUMN shelf jsonb,
    ADD COLUMN suppressed text,
    ADD COLUMN withdrawn jsonb;
COMMENT ON COLUMN alarm.shelf IS 'Kind, until, reason, by, at of a shelving; null where it is not shelved.';
COMMENT ON COLUMN alarm.suppressed IS 'Why rules hide it; null where they do not.';
COMMENT ON COLUMN alarm.withdrawn IS 'Reason, by, at of being taken out of service; null where it is in service.';

DROP INDEX alarm_state;
ALTER TABLE alarm DROP COLUMN state;
ALTER TABLE alarm ADD COLUMN state text NOT NULL GENERATED ALWAYS AS (
    CASE WHEN withdrawn IS NOT NULL THEN 'OOSRV'
         WHEN suppressed IS NOT NULL THEN 'DSUPR'
         WHEN shelf IS NOT NULL THEN 'SHLVD'
         WHEN active THEN CASE WHEN acked THEN 'ACKED' ELSE 'UNACK' END
         WHEN latched THEN 'LATCH'
         ELSE CASE WHEN acked THEN 'NORM' ELSE 'RTNUN' END END
) STORED;
COMMENT ON COLUMN alarm.state IS 'Follows from the facets; for reading only.';
CREATE INDEX alarm_state ON alarm (state);

-- What is hidden or latched is open too: its condition, when it comes back, belongs to it.
DROP INDEX alarm_open;
CREATE UNIQUE INDEX alarm_open ON alarm (rule_id, source_id, zone) WHERE state <> 'NORM';

ALTER TABLE alarm_event ADD COLUMN command text COLLATE "C";
COMMENT ON COLUMN alarm_event.command IS 'Name its sender gave to the command behind it, so that one sent twice is done once.';
CREATE UNIQUE INDEX alarm_event_command ON alarm_event (command) WHERE command IS NOT NULL;
