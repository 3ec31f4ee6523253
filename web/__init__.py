"""The outermost ring: environment, database, HTTP, WebSocket, HTML, commands."""
