SELECT opd_id, name, owed, fresh, share, streak_days FROM governance.league(%(first)s, %(last)s)
