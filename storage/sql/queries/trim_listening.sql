DELETE FROM listening
WHERE (sender, since) IN (SELECT sender, since FROM listening WHERE until < %(before)s LIMIT %(most)s)
