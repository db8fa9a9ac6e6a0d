"""What devices say that were not made for Pantau: one explicit table, one file for each kind of dialect."""
