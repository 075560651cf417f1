"""Texts that every page shares."""

from callcenter.platform.reflex.messages import gettext as _

BRAND = "callcenter"


UNKNOWN_NUMBER = _("Unknown number")


# Shared
LOADING = _("Loading")


UNREACHABLE_TITLE = _("This could not be read")


UNREACHABLE_TEXT = _("The server had trouble answering. It will be retried automatically, or try now.")


RETRY = _("Try again")


TO_THE_DESK = _("Back to the desk")
