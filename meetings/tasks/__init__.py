"""Tasks: conclusions of approved minutes that give a unit work, followed until their result is accepted."""
