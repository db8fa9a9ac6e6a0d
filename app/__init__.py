"""Joins the rooms: command line, wiring, demo city."""
