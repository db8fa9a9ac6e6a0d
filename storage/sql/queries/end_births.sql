DELETE FROM edge_birth WHERE group_name = %(group)s AND node_name = %(node)s
