"""What is relied on in Reflex, Socket.IO and Engine.IO although it is not public, asked of the installed versions.

A test that fails here names the part, the version it was written against, and the module that has to be mended.
"""

import ast
import asyncio
import contextlib
import importlib
import inspect
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import reflex as rx

from callcenter.cli.environment import ROOT
from callcenter.platform.reflex import WRITTEN_AGAINST, wire

PACKAGE = ROOT / "callcenter" / "platform" / "reflex"
MODULES = sorted(path.stem for path in PACKAGE.glob("*.py") if path.stem != "__init__")
PUBLIC = {"reflex", "reflex.event", "reflex.vars"}
"""What the rest of the project may import of Reflex."""


@contextlib.contextmanager
def relied_on(module: str, part: str, package: str = "reflex") -> Iterator[None]:
    """Say in one sentence what has changed, whatever way that shows."""
    try:
        yield
    except Exception as error:  # an assertion is one too
        pytest.fail(
            f"callcenter/platform/reflex/{module}.py relies on {part}, which was so in {package} "
            f"{WRITTEN_AGAINST[package]} and is not in {version(package)}, which is installed: "
            f"{type(error).__name__}: {error}. Mend the module, then name the new version in WRITTEN_AGAINST."
        )


class Counter(rx.State):
    """A state with something of every kind."""

    count: int = 0
    kept: str = rx.SessionStorage("", name="contract")
    _hidden: int = 0

    @rx.event
    async def count_on(self, by: int) -> None:
        """What a click sends."""
        self.count += by


def new_root() -> rx.State:
    root = rx.State(_reflex_internal_init=True)  # type: ignore[call-arg]
    assert isinstance(root, rx.State)
    return root


@pytest.mark.parametrize("module", MODULES)
def test_every_private_part_is_there(module: str) -> None:
    with relied_on(module, "what it imports"):
        importlib.import_module(f"callcenter.platform.reflex.{module}")


@pytest.mark.parametrize("package", WRITTEN_AGAINST)
def test_the_versions_that_are_named_are_installed_packages(package: str) -> None:
    assert version(package).split(".")[0] == WRITTEN_AGAINST[package].split(".")[0], (
        f"callcenter/platform/reflex was written against {package} {WRITTEN_AGAINST[package]}, and {version(package)} "
        "is installed: read what has changed, then name the new version in WRITTEN_AGAINST."
    )


def _private_imports(path: Path) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else names
        found += [
            f"{path.relative_to(ROOT)}:{node.lineno} {name}"
            for name in names
            if name.split(".")[0].startswith(("reflex", "socketio", "engineio")) and name not in PUBLIC
        ]
    return found


def test_nothing_else_imports_what_is_private_in_reflex() -> None:
    sources = [path for path in (ROOT / "callcenter").rglob("*.py") if PACKAGE not in path.parents]
    assert len(sources) > 200
    assert [one for path in (*sources, ROOT / "rxconfig.py") for one in _private_imports(path)] == []


class TestEventAtWork:
    async def test_the_event_says_where_it_comes_from(self) -> None:
        from callcenter.platform.reflex import event_at_work

        shown: list[tuple[str, Mapping[str, Any]]] = []

        async def show(token: str, delta: Mapping[str, Any], **_: Any) -> None:
            shown.append((token, delta))

        async def enqueue(*_: Any, **__: Any) -> None:
            """No event follows."""

        with pytest.raises(LookupError):
            event_at_work.number()
        with relied_on("event_at_work", "reflex_base.event.context.EventContext", "reflex-base"):
            from reflex_base.event.context import EventContext

            come = {"sid": "socket", "headers": {"cookie": "a=b"}}
            states = object()
            for parent in (None, "another"):
                with EventContext(
                    token="tab",
                    state_manager=states,
                    enqueue_impl=enqueue,
                    emit_delta_impl=show,
                    parent_txid=parent,
                    router_data=come,
                ):
                    assert (event_at_work.tab(), event_at_work.socket()) == ("tab", "socket")
                    assert (event_at_work.cookies(), event_at_work.states()) == ("a=b", states)
                    assert event_at_work.follows_another() is (parent is not None)
                    assert event_at_work.number() == event_at_work.number() != ""
                    await event_at_work.show({"state": {"var": 1}})
            assert shown == [("tab", {"state": {"var": 1}})] * 2


class TestTabStates:
    async def test_an_event_that_may_not_enter_is_cancelled_and_the_next_one_is_let_in(self) -> None:
        from callcenter.platform.reflex.tab_states import GuardedStates, forget, kept_states

        class States(GuardedStates):
            open_ = True

            def may_enter(self, root: Any) -> bool:
                return self.open_ and isinstance(root, rx.State)

        with relied_on("tab_states", "reflex.istate.manager.memory.StateManagerMemory"):
            from reflex.istate.manager.token import BaseStateToken

            states, token = States(), BaseStateToken(ident="tab", cls=rx.State)  # type: ignore[abstract]
            for may in (False, True):
                states.open_ = may
                try:
                    async with asyncio.timeout(5), states.modify_state_with_links(token) as root:
                        assert may
                        root.get_substate(Counter.get_full_name().split(".")).count = 5
                except asyncio.CancelledError:
                    assert not may
            states.open_ = False
            async with states.of_tab("tab") as root:
                assert root.get_substate(Counter.get_full_name().split(".")).count == 5
                (key,) = (key for key, ident in kept_states(states).items() if ident == "tab")
                assert not forget(states, key)
            assert forget(states, key)
            assert not kept_states(states)
            assert not states.states

    async def test_a_tab_can_be_shown_everything_and_be_made_blank(self) -> None:
        from callcenter.platform.reflex import tab_states

        with relied_on("tab_states", "reflex.state.BaseState, its _get_root_state, _clean and reset"):
            root = new_root()
            counter = root.get_substate(Counter.get_full_name().split("."))
            counter.count, counter._hidden, root.is_hydrated = 7, 8, True
            assert tab_states.root_of(counter) is root
            told = (await tab_states.everything(root))[Counter.get_full_name()]
            assert 7 in told.values()
            assert 8 not in told.values()
            assert not root.dirty_vars
            assert not counter.dirty_vars
            tab_states.blank(root)
            assert (counter.count, counter._hidden, root.is_hydrated) == (0, 0, True)

    async def test_a_page_is_loaded_anew(self) -> None:
        from callcenter.platform.reflex import tab_states
        from callcenter.platform.reflex.page_registry import functions_of, registered_events

        with relied_on("tab_states", "OnLoadInternalState.on_load_internal and the events of hydration"):
            update = await tab_states.page_anew(new_root())
            assert Counter.get_full_name() in update.delta
            assert functions_of(registered_events()).keys() >= tab_states.HYDRATIONS
            (load,) = update.events
            assert load.name.endswith(".on_load_internal")
            assert load.name in functions_of(registered_events())


class TestPageSockets:
    @pytest.fixture
    def app(self) -> rx.App:
        with relied_on("page_sockets", "rx.App, which has a socket server when it has states"):
            from reflex_base.registry import RegistrationContext

            with RegistrationContext.get().fork():  # there may be another application in this process
                app = rx.App()
            assert app.sio is not None
            assert app.event_namespace is not None
            return app

    async def test_own_sockets_and_states_take_the_place_of_those_of_reflex(self, app: rx.App) -> None:
        from callcenter.platform.reflex import page_sockets
        from callcenter.platform.reflex.tab_states import GuardedStates

        class Record:
            sid = "socket"

        with relied_on("page_sockets", "the fields _event_namespace, _state_manager and _token_manager"):
            assert app.event_namespace is not None
            sockets = page_sockets.PageSockets(app.event_namespace.namespace, app)
            states = GuardedStates()  # type: ignore[abstract]
            page_sockets.install(app, sockets, states)
            assert app.event_namespace is sockets
            assert app.state_manager is states
            assert app.sio is not None
            assert app.sio.namespace_handlers[wire.PATH] is sockets
            assert sockets.socket_of("tab") is None
            assert not page_sockets.has_socket(app)("tab")
            sockets._token_manager.token_to_socket["tab"] = Record()
            assert sockets.socket_of("tab") == "socket"
            assert page_sockets.has_socket(app)("tab")
            for name, parameters in {"emit_update": ["update", "token"], "on_disconnect": ["sid"]}.items():
                assert list(inspect.signature(getattr(sockets, name)).parameters) == parameters
            assert inspect.iscoroutinefunction(sockets.emit_update)
            assert not inspect.iscoroutinefunction(sockets.on_disconnect)

    async def test_no_rounds_go_through_the_sockets_and_own_origins_are_asked(self, app: rx.App) -> None:
        from callcenter.platform.reflex import page_sockets

        with relied_on("page_sockets", "start_service_task and cors_allowed_origins", "python-engineio"):
            assert app.sio is not None
            assert app.sio.eio.start_service_task is True
            page_sockets.tune(app, lambda origin: origin == "https://here")
            assert app.sio.eio.start_service_task is False
            for origin, allowed in (("https://here", ["https://here"]), ("https://there", [])):
                assert app.sio.eio._cors_allowed_origins({"HTTP_ORIGIN": origin}) == allowed

    async def test_rooms_of_sockets_and_what_is_sent_to_them(self, app: rx.App) -> None:
        from callcenter.platform.reflex import page_sockets

        with relied_on("page_sockets", "the manager and the rooms of its server", "python-socketio"):
            server = app.sio
            assert server is not None
            sent: list[Any] = []

            async def send(eio_sid: str, packet: Any) -> None:
                sent.append((eio_sid, packet.encode()))

            server._send_eio_packet = send
            server.environ["transport"] = {"asgi.scope": {"path": wire.PATH}}
            assert not page_sockets.is_open(server, "nobody")
            sid = await server.manager.connect("transport", wire.PATH)
            assert page_sockets.is_open(server, sid)
            assert page_sockets.scope_of(server, sid) == {"path": wire.PATH}
            assert page_sockets.scope_of(server, "nobody") == {}
            await page_sockets.send(server, "room", Counter, {"count": 3})
            assert sent == []
            await page_sockets.enter(server, sid, "room")
            await page_sockets.send(server, "room", Counter, {"count": 3})
            await page_sockets.leave(server, sid, "room")
            await page_sockets.send(server, "room", Counter, {"count": 4})
            (((to, frame)),) = sent
            assert to == "transport"
            assert frame.startswith(wire.PACKET)
            (name,) = (name for name in new_root().dict()[Counter.get_full_name()] if name.startswith("count"))
            assert f'{{"{Counter.get_full_name()}":{{"{name}":3}}}}' in frame.replace(" ", "")


class TestWire:
    async def test_frames_are_written_as_engine_io_writes_them(self) -> None:
        with relied_on("wire", "engineio.packet", "python-engineio"):
            from engineio import packet

            assert packet.Packet(packet.PING).encode() == wire.PING
            assert packet.Packet(packet.PONG).encode() == wire.PONG
            assert packet.Packet(packet.CLOSE).encode() in wire.SIGNALS
            for kind in (packet.PING, packet.PONG):
                assert packet.Packet(kind, "probe").encode() in wire.SIGNALS

    async def test_packets_are_written_as_socket_io_writes_them(self) -> None:
        with relied_on("wire", "socketio.packet", "python-socketio"):
            from socketio import packet

            message = "4"
            event = packet.Packet(packet.EVENT, data=[wire.EVENT, {}], namespace=wire.PATH).encode()
            assert (message + event).startswith(wire.PACKET)
            connect = packet.Packet(packet.CONNECT, data={}, namespace=wire.PATH).encode()
            assert (message + connect).startswith(wire.CONNECT)
            assert message + packet.Packet(packet.DISCONNECT, namespace=wire.PATH).encode() in wire.SIGNALS

    async def test_events_have_the_names_that_reflex_gives_them(self) -> None:
        from callcenter.platform.reflex.page_registry import functions_of, registered_events
        from callcenter.platform.reflex.page_sockets import PageSockets

        with relied_on("wire", "the names of events and of the address of the sockets"):
            from reflex import constants

            assert str(constants.Endpoint.EVENT) == f"/{wire.PATH.strip('/')}"
            assert str(constants.SocketEvent.EVENT) == wire.EVENT
            assert callable(getattr(PageSockets, f"on_{wire.EVENT}"))
            assert callable(getattr(PageSockets, f"on_{wire.REPORT}"))
            assert Counter.get_full_name() + wire.SETTER in functions_of(registered_events())
            assert any(name.endswith(wire.PAGE_ERROR) for name in functions_of(registered_events()))
            takes = [
                inspect.signature(function).parameters
                for name, function in functions_of(registered_events()).items()
                if name.endswith(".hydrate_and_load")
            ]
            assert takes
            assert all(wire.STORAGE in parameters for parameters in takes)


class TestPageRegistry:
    def test_events_and_what_browsers_keep_are_found(self) -> None:
        from callcenter.platform.reflex import page_registry

        with relied_on("page_registry", "RegistrationContext and compile_client_storage"):
            counting = page_registry.functions_of(page_registry.registered_events())[
                f"{Counter.get_full_name()}.count_on"
            ]
            assert list(inspect.signature(counting).parameters) == ["self", "by"]
            kept = [name for name in page_registry.kept_by_browsers() if name.startswith(Counter.get_full_name())]
            assert kept == [f"{Counter.get_full_name()}.kept_rx_state_"]

    def test_the_build_and_the_lifetime_of_a_state_are_as_configured(self) -> None:
        from callcenter.platform.reflex import page_registry

        with relied_on("page_registry", "get_web_dir and get_config"):
            assert page_registry.built_page().parts[-3:] == (".web", "build", "client")
            assert page_registry.state_lifetime_seconds() == 12 * 60 * 60


class TestComponentParts:
    def test_components_can_be_made_of_them(self) -> None:
        from callcenter.platform.reflex import component_parts as parts

        with relied_on("component_parts", "ReactRouterLink", "reflex-components-core"):
            assert 'to:"/team"' in str(parts.PageLink.create("Team", to="/team"))
        with relied_on("component_parts", "RadixThemesComponent", "reflex-components-radix"):

            class Label(parts.RadixThemesComponent):
                tag = "DropdownMenu.Label"

            assert "DropdownMenu.Label" in str(Label.create("Status"))
        with relied_on("component_parts", "has_connection_errors", "reflex-components-core"):
            assert isinstance(parts.server_lost, rx.Var)
            assert parts.server_lost._var_type is bool

    def test_a_field_can_be_kept_out_of_the_browser(self) -> None:
        from callcenter.platform.reflex import component_parts as parts

        with relied_on("component_parts", "field(is_javascript_property=False)", "reflex-base"):

            class Quiet(rx.Fragment):
                inside: dict[str, str] = parts.field(default_factory=dict, is_javascript_property=False)

            made = Quiet.create(inside={"secret": "yes"})
            assert made.inside == {"secret": "yes"}  # type: ignore[attr-defined]
            assert "secret" not in str(made)

    def test_the_browser_has_state_of_its_own(self) -> None:
        from callcenter.platform.reflex import component_parts as parts

        with relied_on("component_parts", "ClientStateVar"):
            own = parts.ClientStateVar.create("contract", default={"room": ""})
            assert "contract" in str(own.value).lower()
            assert "set" in str(own.set).lower()
            pushed = own.push({"room": "a"})
            assert "room" in str(pushed)


class TestSameOrigin:
    @pytest.fixture
    def built(self, tmp_path: Path) -> Path:
        (tmp_path / "assets").mkdir()
        return tmp_path / "assets"

    def test_the_built_page_talks_to_the_address_it_was_opened_under(self, built: Path) -> None:
        from callcenter.platform.reflex.same_origin import SameOrigin

        file = built / "reflex-env-AbC.js"
        file.write_text('a={EVENT:`ws://localhost:8000/_event`,PING:"http://localhost:8000/ping",OTHER:"http://x:1/y"}')
        SameOrigin().post_build(static_dir=built.parent)
        assert file.read_text() == (
            "a={EVENT:location.origin.replace(/^http/,`ws`)+`/_event`,"
            'PING:location.origin+`/ping`,OTHER:"http://x:1/y"}'
        )

    def test_a_build_without_the_address_fails_instead_of_talking_to_the_wrong_one(self, built: Path) -> None:
        from callcenter.platform.reflex.same_origin import SameOrigin

        (built / "other.js").write_text('"http://localhost:8000/ping"')
        with pytest.raises(RuntimeError, match="another Reflex version"):
            SameOrigin().post_build(static_dir=built.parent)

    def test_reflex_writes_the_address_into_a_file_of_its_own(self) -> None:
        with relied_on("same_origin", "the part of the build named reflex-env", "reflex-base"):
            from reflex_base.compiler import templates

            assert 'name: "reflex-env"' in inspect.getsource(templates)
        with relied_on("same_origin", "Plugin.post_build(static_dir=…)"):
            assert "static_dir" in str(inspect.getsource(rx.plugins.Plugin)) + inspect.getsource(
                inspect.getmodule(rx.plugins.Plugin.post_build)  # type: ignore[arg-type]
            )
