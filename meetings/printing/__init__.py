"""Official papers: the words, measures and renderings that minutes, invitations and lists have in common."""
