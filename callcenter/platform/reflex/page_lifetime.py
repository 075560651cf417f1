"""Watchers run for as long as a page is open, once in each tab."""

from callcenter.platform.reflex import event_at_work


def of_a_page() -> bool:
    """Whether the event that runs followed from another one, as a watcher does from ``on_load``.

    Reflex ends what followed from it when the page is left, loaded again, or its socket closes. A watcher that
    somebody asks for by itself, once or a thousand times, would be one more each time, and nothing would ever end it.
    """
    return event_at_work.follows_another()
