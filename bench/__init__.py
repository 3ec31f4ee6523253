"""Measurements against what others use; see README.md here. Not part of the installed program."""
