"""Official documents of every kind: the register, numbers, files, and the steps from submission to recall."""
