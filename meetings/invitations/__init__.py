"""Invitations: the official document, who is sent what, calendars, mail that leaves and answers that come back."""
