"""Handlers, one file per noun of the site."""
