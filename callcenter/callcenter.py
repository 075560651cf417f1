"""The application: pages, API, lifespan; nothing else."""

import reflex as rx

from callcenter.api.app import create_api, running
from callcenter.api.guard import Guard


class Hello(rx.State):
    """Shows that the page reaches its back end."""

    reached: str = ""

    @rx.event
    def greet(self) -> None:
        """Fill in the one line that proves the round trip."""
        self.reached = "The desk reaches its server."


@rx.page(route="/", title="callcenter", on_load=Hello.greet)
def index() -> rx.Component:
    """Stands where the desk will be."""
    return rx.center(
        rx.vstack(rx.heading("callcenter"), rx.text("The desk is being built."), rx.text(Hello.reached, id="reached")),
        height="100vh",
    )


app = rx.App(api_transformer=[create_api(), Guard])
app.register_lifespan_task(running)
