"""Texts of the frame around every page."""

from callcenter.platform.reflex.messages import gettext as _

NAV_HISTORY = _("History")


NAV_TEAM = _("Team")


NAV_ACCOUNTS = _("Accounts")


NAV_TELEPHONES = _("Phones")


NAV_LABEL = _("Main navigation")


SKIP = _("Skip to main content")


LOST_TITLE = _("The server cannot be reached.")


LOST_TEXT = _("A call in progress continues, and Mute still works. Other buttons work again once the server is back.")
