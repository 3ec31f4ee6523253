"""Exchange of official documents between organs as edXML (QCVN 102:2016/BTTTT): packages, and what waits to leave."""
