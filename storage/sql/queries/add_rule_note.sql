INSERT INTO rule_note (states) VALUES (%(states)s) RETURNING id
