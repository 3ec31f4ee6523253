"""The whole URL table in one place."""

from aiohttp import web

from web.assets import serve_static
from web.pages import sign_in


def add_routes(app: web.Application) -> None:
    app.add_routes(
        [
            web.get("/static/{path:.+}", serve_static),
            web.get("/login", sign_in.show_sign_in),
            web.post("/login", sign_in.submit_sign_in),
            web.post("/logout", sign_in.submit_sign_out),
            web.post("/display", sign_in.submit_display),
        ]
    )
