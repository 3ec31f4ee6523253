"""The share of meetings held online: what counts, what is stored of it, what is reported."""
