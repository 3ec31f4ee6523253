"""The meeting file (hồ sơ cuộc họp): what is in it, how long it is kept, how it leaves and how it ends."""
