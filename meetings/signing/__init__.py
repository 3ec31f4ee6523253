"""Signatures under PDF files: places for them, signing, verifying. Bytes in, bytes or a verdict out; all of it takes a
processor for a while, so who serves pages has it done in another process."""
