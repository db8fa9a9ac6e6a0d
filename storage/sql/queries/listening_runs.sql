SELECT since, until FROM listening WHERE until > %(begin)s AND since < %(end)s ORDER BY since
