SELECT id, states FROM rule_note ORDER BY id
