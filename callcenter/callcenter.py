"""The application: pages, API, lifespan; nothing else."""

from functools import partial

import reflex as rx

from callcenter.accounts.ui import accounts_page, my_account_page, register_page, sign_in_page
from callcenter.accounts.ui import texts as accounts_texts
from callcenter.api_app import create_api, guarded, limited, running
from callcenter.desk.ui import page as desk_page
from callcenter.desk.ui import texts as desk_texts
from callcenter.entry import page_frame, tab_owner
from callcenter.entry import texts as entry_texts
from callcenter.history.ui import call_detail_page
from callcenter.history.ui import page as history_page
from callcenter.history.ui import texts as history_texts
from callcenter.platform.http.content_security_policy import hashes_of_build
from callcenter.platform.http.page_routes import Pages
from callcenter.platform.http.request_log import Requests
from callcenter.platform.observability import logging
from callcenter.platform.reflex import broadcast, list_page
from callcenter.platform.reflex.page_event_validation import Frames
from callcenter.platform.reflex.page_pulse import PageLines
from callcenter.platform.reflex.page_registry import built_page, functions_of, kept_by_browsers, registered_events
from callcenter.platform.reflex.page_sockets import tune
from callcenter.platform.reflex.tab_state_eviction import forgetting
from callcenter.room_events.api import Straight
from callcenter.settings import get_log_settings, get_settings
from callcenter.settings.origins import allowed
from callcenter.team.ui import page as team_page
from callcenter.team.ui import texts as team_texts
from callcenter.telephony.ui import page as telephony_page
from callcenter.telephony.ui import texts as telephony_texts
from callcenter.workspace.tab.tab_state import Live
from callcenter.workspace.ui import page_layers
from callcenter.workspace.ui.devices import devices_dialog
from callcenter.workspace.ui.renewal import renewal_dialog, sign_in_notice
from callcenter.workspace.ui.status_bar import status_bar

logging.configure(get_log_settings())

page_frame.fill(
    page_frame.Slots(
        bar=status_bar,
        notices=(page_layers.trouble, sign_in_notice, page_layers.media_notices),
        announcements=page_layers.announcements,
        dialogs=(page_layers.keys_dialog, devices_dialog, renewal_dialog),
        tab_title=page_layers.title,
        lasting=(page_layers.stay_awake, page_layers.sound, page_layers.cues),
        on_load=(Live.watch,),
        navigation=(
            page_frame.Destination(desk_texts.NAV_DESK, "headphones", "/"),
            page_frame.Destination(entry_texts.NAV_HISTORY, "history", "/history"),
            page_frame.Destination(entry_texts.NAV_TEAM, "users", "/team"),
            page_frame.Destination(entry_texts.NAV_TELEPHONES, "phone-call", "/telephones", administrators=True),
            page_frame.Destination(entry_texts.NAV_ACCOUNTS, "id-card", "/accounts", administrators=True),
        ),
    )
)
PAGES = (
    ("/sign-in", accounts_texts.SIGN_IN, sign_in_page.sign_in, sign_in_page.ON_LOAD),
    ("/register", accounts_texts.REGISTER_TITLE, register_page.register, register_page.ON_LOAD),
    *(
        (route, title, page, page_frame.on_load(own))
        for route, title, page, own in (
            ("/", desk_texts.NAV_DESK, desk_page.desk, desk_page.ON_LOAD),
            ("/history", history_texts.HISTORY, history_page.history, history_page.ON_LOAD),
            ("/call", history_texts.CALL, call_detail_page.call_detail, call_detail_page.ON_LOAD),
            ("/team", team_texts.TEAM, team_page.team, team_page.ON_LOAD),
            ("/telephones", telephony_texts.TELEPHONES, telephony_page.telephones, telephony_page.ON_LOAD),
            ("/accounts", accounts_texts.ACCOUNTS, accounts_page.accounts, accounts_page.ON_LOAD),
            ("/my-account", accounts_texts.MY_ACCOUNT, my_account_page.my_account, my_account_page.ON_LOAD),
        )
    ),
)
"""Route, title, page, and the events with which it begins; the first two stand outside the frame."""

EVENTS = registered_events()
"""What pages can set going."""

app = rx.App(
    stylesheets=[*page_frame.STYLESHEETS, *list_page.STYLESHEETS],
    head_components=page_frame.HEAD,
    extra_app_wraps=page_frame.WRAPS,
    toaster=page_frame.TOASTER,
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
tab_owner.guard(app)
app.register_lifespan_task(running)
app.register_lifespan_task(forgetting(app))
broadcast.attach(app)
tune(app, lambda origin: allowed(origin, get_settings().origins))
for route, title, page, on_load in PAGES:
    app.add_page(page, route=route, title=page_frame.title_of(title), on_load=on_load)
