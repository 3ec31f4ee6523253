"""The speech engines behind ``transcripts.speech.Transcriber``, one file each; ``loading`` chooses among them."""
