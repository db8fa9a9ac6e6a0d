DELETE FROM rule_note WHERE id <= %(last)s
