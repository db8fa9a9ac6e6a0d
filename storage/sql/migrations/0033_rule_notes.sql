-- The memory of rules is held by the writer that judges, and noted here until its rows are up to date.
CREATE TABLE memory_keeper (
    id smallint PRIMARY KEY CHECK (id = 1),
    keeper uuid NOT NULL,
    since timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 10);
COMMENT ON TABLE memory_keeper IS 'Which writer holds the memory of rules: one row, locked by every transaction that judges.';

CREATE TABLE rule_note (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    states text NOT NULL
);
ALTER TABLE rule_note ALTER COLUMN states SET STORAGE EXTERNAL;
COMMENT ON TABLE rule_note IS 'Changes of rule_state that are not in its rows yet, oldest first; each a list of [rule, source, zone, memory].';
COMMENT ON TABLE rule_state IS 'Memory of each rule about each source and zone, but for what stands in rule_note. Rows are never deleted.';
