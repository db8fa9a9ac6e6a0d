INSERT INTO gareng_mesem.report (
    channel, reference, incident_id, reporter, text, reported_at, received_at, waste_site_id, kecamatan, lat, lon, link, evidence
)
VALUES (
    %(channel)s, %(reference)s, %(incident)s, %(reporter)s, %(text)s, %(reported_at)s, %(received_at)s, %(waste_site)s,
    %(kecamatan)s, %(lat)s, %(lon)s, %(link)s, %(evidence)s
)
