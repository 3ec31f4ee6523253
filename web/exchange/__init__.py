"""The document exchange of a running server: packages leave, statuses come."""
