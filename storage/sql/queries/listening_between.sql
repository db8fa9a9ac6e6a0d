SELECT since, until FROM listening WHERE until >= %(start)s AND since < %(end)s ORDER BY since
