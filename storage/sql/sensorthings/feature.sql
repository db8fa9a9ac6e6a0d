-- What is observed is the surroundings of the place.
SELECT site.id, site.name, 'Kecamatan ' || site.kecamatan AS description, 'application/geo+json' AS "encodingType",
    jsonb_build_object('type', 'Point', 'coordinates', jsonb_build_array(site.lon, site.lat)) AS feature,
    jsonb_build_object('kecamatan', site.kecamatan) AS properties,
    site.id AS site
FROM site
