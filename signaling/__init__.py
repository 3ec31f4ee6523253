"""The room and its media. Knows neither the database nor HTTP nor what a meeting is."""
