INSERT INTO edge_birth (group_name, node_name, device_name, payload)
VALUES (%(group)s, %(node)s, %(device)s, %(payload)s)
