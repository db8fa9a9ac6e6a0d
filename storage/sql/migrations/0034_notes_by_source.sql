-- Notes name a source and its memory once for all rules that remember the same of it: half as long, and sooner written.
UPDATE rule_note
SET states = (
    SELECT jsonb_agg(jsonb_build_array(entry -> 1, entry -> 2, entry -> 3, jsonb_build_array(entry -> 0)) ORDER BY place)
    FROM jsonb_array_elements(states::jsonb) WITH ORDINALITY AS noted (entry, place)
)::text
WHERE states <> '[]';
COMMENT ON TABLE rule_note IS 'Changes of rule_state that are not in its rows yet, oldest first; each a list of [source, zone, memory, rules].';
