SELECT definition ->> 'metric' AS metric FROM rule_version WHERE rule_id = %(rule_id)s AND version = %(version)s
