SELECT group_name, node_name, device_name, payload FROM edge_birth ORDER BY group_name, node_name, device_name
