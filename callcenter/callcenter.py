"""The application: pages, API, lifespan; nothing else."""

import reflex as rx

from callcenter.api.app import create_api, running
from callcenter.api.guard import Guard
from callcenter.components import lists, shell, texts
from callcenter.components import texts_pages as words
from callcenter.pages import accounts, call_detail, desk, history, register, sign_in, team
from callcenter.state.dial_link import DialLink

app = rx.App(
    stylesheets=[*shell.STYLESHEETS, *lists.STYLESHEETS],
    head_components=shell.HEAD,
    extra_app_wraps=shell.WRAPS,
    toaster=shell.TOASTER,
    html_lang="en",
    api_transformer=[create_api(), Guard],
)
app.register_lifespan_task(running)
app.add_page(
    desk.desk,
    route="/",
    title=f"{texts.NAV_DESK} · {texts.BRAND}",
    on_load=[*shell.ON_LOAD, DialLink.fill_number],
)
app.add_page(sign_in.sign_in, route="/sign-in", title=f"{texts.SIGN_IN} · {texts.BRAND}", on_load=sign_in.ON_LOAD)
for page, route, title, on_load in (
    (history.history, "/history", words.HISTORY, history.ON_LOAD),
    (call_detail.call_detail, "/call", words.CALL, call_detail.ON_LOAD),
    (team.team, "/team", words.TEAM, team.ON_LOAD),
    (accounts.accounts, "/accounts", words.ACCOUNTS, accounts.ON_LOAD),
    (register.register, "/register", words.REGISTER_TITLE, register.ON_LOAD),
):
    app.add_page(page, route=route, title=f"{title} · {texts.BRAND}", on_load=on_load)
