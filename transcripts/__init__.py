"""From recording to archived minutes: recordings -> speech -> timeline -> draft -> approved minutes -> documents."""
