-- What the site file says of its devices. One that was registered and now stands in the site file is the file's; one that
-- left the file stays with its history. Unchanged rows are left alone, so that a restart changes no version.
INSERT INTO device (id, origin, settings, created_at, updated_at)
SELECT id, 'file', settings::jsonb, %(now)s, %(now)s
FROM unnest(%(ids)s::text[], %(settings)s::text[]) AS listed (id, settings)
ORDER BY id COLLATE "C"
ON CONFLICT (id) DO UPDATE
SET origin = 'file', settings = excluded.settings, updated_at = %(now)s
WHERE device.origin <> 'file' OR device.settings <> excluded.settings
