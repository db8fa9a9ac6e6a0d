SELECT pg_notify('pantau_alarm', '')
