"""Searching what was planned, written and said: titles, agendas, papers, minutes and transcripts, by one function."""
