"""Letters: how they are made and sent (SMTP), and how answers come back (IMAP). Begin reading at ``post.py``."""
