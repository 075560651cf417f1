"""The application: pages, API, lifespan; nothing else."""

import reflex as rx

from callcenter.api.app import create_api, running
from callcenter.api.guard import Guard
from callcenter.components import shell, texts
from callcenter.pages import desk, sign_in

app = rx.App(
    stylesheets=shell.STYLESHEETS,
    head_components=shell.HEAD,
    extra_app_wraps=shell.WRAPS,
    html_lang="en",
    api_transformer=[create_api(), Guard],
)
app.register_lifespan_task(running)
app.add_page(desk.desk, route="/", title=f"{texts.NAV_DESK} · {texts.BRAND}", on_load=shell.ON_LOAD)
app.add_page(sign_in.sign_in, route="/sign-in", title=f"{texts.SIGN_IN} · {texts.BRAND}", on_load=sign_in.ON_LOAD)
