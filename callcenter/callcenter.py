"""The application: pages, API, lifespan; nothing else."""

from functools import partial

import reflex as rx

from callcenter import logs
from callcenter.api.app import create_api, guarded, limited, running
from callcenter.api.frames import Frames
from callcenter.api.pages import Pages
from callcenter.api.policy import hashes_of_build
from callcenter.api.requests import Requests
from callcenter.api.webhook import Straight
from callcenter.components import lists, page_layers, shell, texts, texts_telephones
from callcenter.components import texts_pages as words
from callcenter.components.devices import devices_dialog
from callcenter.components.renewal import renewal_dialog, sign_in_notice
from callcenter.components.status import status_bar
from callcenter.origins import allowed
from callcenter.pages import accounts, call_detail, desk, history, my_account, register, sign_in, team, telephones
from callcenter.platform.reflex.page_registry import built_page, functions_of, kept_by_browsers, registered_events
from callcenter.platform.reflex.page_sockets import tune
from callcenter.settings import get_log_settings, get_settings
from callcenter.state import cast, whose
from callcenter.state.alive import PageLines
from callcenter.state.forgetting import forgetting
from callcenter.state.live import Live

logs.configure(get_log_settings())

shell.fill(
    shell.Slots(
        bar=status_bar,
        notices=(page_layers.trouble, sign_in_notice, page_layers.media_notices),
        announcements=page_layers.announcements,
        dialogs=(page_layers.keys_dialog, devices_dialog, renewal_dialog),
        tab_title=page_layers.title,
        lasting=(page_layers.stay_awake, page_layers.sound, page_layers.cues),
        on_load=(Live.watch,),
        navigation=(
            shell.Destination(texts.NAV_DESK, "headphones", "/"),
            shell.Destination(texts.NAV_HISTORY, "history", "/history"),
            shell.Destination(texts.NAV_TEAM, "users", "/team"),
            shell.Destination(texts.NAV_TELEPHONES, "phone-call", "/telephones", administrators=True),
            shell.Destination(texts.NAV_ACCOUNTS, "id-card", "/accounts", administrators=True),
        ),
    )
)
PAGES = (
    ("/sign-in", texts.SIGN_IN, sign_in.sign_in, sign_in.ON_LOAD),
    ("/register", words.REGISTER_TITLE, register.register, register.ON_LOAD),
    *(
        (route, title, page, shell.on_load(own))
        for route, title, page, own in (
            ("/", texts.NAV_DESK, desk.desk, desk.ON_LOAD),
            ("/history", words.HISTORY, history.history, history.ON_LOAD),
            ("/call", words.CALL, call_detail.call_detail, call_detail.ON_LOAD),
            ("/team", words.TEAM, team.team, team.ON_LOAD),
            ("/telephones", texts_telephones.TELEPHONES, telephones.telephones, telephones.ON_LOAD),
            ("/accounts", words.ACCOUNTS, accounts.accounts, accounts.ON_LOAD),
            ("/my-account", words.MY_ACCOUNT, my_account.my_account, my_account.ON_LOAD),
        )
    ),
)
"""Route, title, page, and the events with which it begins; the first two stand outside the frame."""

EVENTS = registered_events()
"""What pages can set going."""

app = rx.App(
    stylesheets=[*shell.STYLESHEETS, *lists.STYLESHEETS],
    head_components=shell.HEAD,
    extra_app_wraps=shell.WRAPS,
    toaster=shell.TOASTER,
    html_lang="en",
    api_transformer=[
        create_api(),
        partial(Pages, routes=[route for route, *_ in PAGES if route != "/"]),
        Straight,
        limited,
        partial(guarded, scripts=hashes_of_build(built_page())),
        partial(Frames, handlers=partial(functions_of, EVENTS), kept=kept_by_browsers()),
        PageLines,
        Requests,
    ],
)
whose.guard(app)
app.register_lifespan_task(running)
app.register_lifespan_task(forgetting(app))
cast.attach(app)
tune(app, lambda origin: allowed(origin, get_settings().origins))
for route, title, page, on_load in PAGES:
    app.add_page(page, route=route, title=shell.title_of(title), on_load=on_load)
