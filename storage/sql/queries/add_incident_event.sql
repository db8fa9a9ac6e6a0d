INSERT INTO gareng_mesem.incident_event (
    incident_id, version, action, before, state, actor, at, reason, evidence, crew, command
)
VALUES (
    %(incident_id)s, %(version)s, %(action)s, %(before)s, %(state)s, %(actor)s, %(at)s, %(reason)s, %(evidence)s, %(crew)s,
    %(command)s
)
RETURNING seq
