SELECT opd_id, day, datasets, fresh, late, silent, state FROM governance.office_days(%(first)s, %(last)s) ORDER BY opd_id, day
