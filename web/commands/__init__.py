"""The commands behind ``giaoban``, one file each; ``web.__main__`` puts them together."""
