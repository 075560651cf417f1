"""The media connection of the desk: LiveKit's React components, wrapped for Reflex.

``media_room`` is mounted once, in the app's wrap, so that moving between pages leaves it alone. It is in
the room that :data:`callcenter.workspace.media.commands.WANTED` names, and opens the microphone when the participant's
permission to publish says so, unless it is muted. What it sees goes to the client state of
:mod:`callcenter.workspace.media.client_state` and is reported to Python.
"""

from typing import Any

import reflex as rx

from callcenter.platform.reflex.client_hooks import Hooks, effect, handler, put
from callcenter.platform.reflex.component_parts import ClientStateVar
from callcenter.workspace.media import client_state as media
from callcenter.workspace.media import dtmf
from callcenter.workspace.media.commands import WANTED

CLIENT = "livekit-client@2.23.0"
COMPONENTS = "@livekit/components-react@2.9.24"
HELPERS = "tslib@2.8.1"

DUPLICATE_IDENTITY = 2
FINAL = [DUPLICATE_IDENTITY, 4, 5, 10]
"""LiveKit's DisconnectReason; the others are PARTICIPANT_REMOVED, ROOM_DELETED and ROOM_CLOSED."""
RETRY = 2000
ATTEMPTS_PER_TOKEN = 10
_ANALYSER = "{ fftSize: 32, smoothingTimeConstant: 0.5, minDecibels: -60, maxDecibels: -10 }"
_REPORT = rx.event.passthrough_event_spec(str, str)
_END = rx.event.passthrough_event_spec(int)  # type: ignore[call-arg]


class LiveKitRoom(rx.NoSSRComponent):
    """Connects to a room, and is the context in which the parts inside find it."""

    library = COMPONENTS
    tag = "LiveKitRoom"
    lib_dependencies: list[str] = [CLIENT, HELPERS]

    token: rx.Var[str]
    server_url: rx.Var[str]
    connect: rx.Var[bool]
    audio: rx.Var[bool]
    options: rx.Var[dict[str, Any]]
    on_disconnected: rx.EventHandler[_END]  # type: ignore[type-arg, valid-type]


class RoomAudioRenderer(rx.NoSSRComponent):
    """Plays what the other side says."""

    library = COMPONENTS
    tag = "RoomAudioRenderer"


_ENDED = ClientStateVar.create("mediaEnded", default={"reason": 0, "wish": ""})
"""Why the connection ended, and which wish it followed: a newer wish makes a new beginning."""
_ended, _wanted, _lost_since, _attempt = _ENDED.value, WANTED.value, media.LOST_SINCE.value, media.ATTEMPT.value.to(int)
_room = _wanted["room"].to(str)
_over = rx.Var.create(FINAL).contains(_ended["reason"]) & (_ended["wish"].to(str) == _wanted["wish"].to(str))
_capture = rx.Var.create(
    {
        "deviceId": media.preference("mic", "default"),
        "echoCancellation": media.preference("echo", "on") == "on",
        "noiseSuppression": media.preference("noise", "on") == "on",
        "autoGainControl": media.preference("gain", "on") == "on",
    }
)

# What LiveKit's hooks say, under the names that the lines of ``in_room`` and the meters give it.
_OTHER = 'const other = useTracks(["microphone", "unknown"]).find((one) => !one.participant.isLocal);'
_connection = rx.Var("connection").to(str)
_may_talk = (_connection == "connected") & rx.Var("permissions?.canPublish").bool()
_open = rx.Var("isMicrophoneEnabled").to(bool)
_device_gone = rx.Var("microphoneTrack?.audioTrack?.mediaStreamTrack.readyState").to(str) == "ended"

_shaken = (_connection == "reconnecting") | (_connection == "signalReconnecting")
_mic_fine = media.MIC_ERROR.value == ""
_still_lost = rx.cond(_lost_since == "", media.NOW, _lost_since)


def _first(*cases: tuple[Any, str], default: str) -> rx.Var[str]:
    """The word of the first case that holds."""
    chosen: Any = default
    for holds, word in reversed(cases):
        chosen = rx.cond(holds, word, chosen)
    return chosen.to(str)


_phase = _first(
    (_over & (_ended["reason"].to(int) == DUPLICATE_IDENTITY), "replaced"),
    (_over | (_room == ""), "idle"),
    (_connection == "connected", "joined"),
    (_shaken, "reconnecting"),
    (_lost_since == "", "joining"),
    default="lost",
)
_mic = _first(
    (~_may_talk, "closed"),
    (~_mic_fine, "failed"),
    (media.muted, "muted"),
    (_device_gone, "gone"),
    (_open, "open"),
    default="opening",
)


def _tried(promise: str, *then: rx.Var[Any]) -> str:
    """Ask for the microphone, and keep whether it was given."""
    fine = handler(put(media.MIC_ERROR, ""), *then)
    failed = handler(put(media.MIC_ERROR, rx.Var("error.name")), taking="error")
    return f"{promise}.then({fine}, {failed})"


def _effects() -> list[rx.Var[Any]]:
    seen = {
        "phase": _phase,
        "mic": _mic,
        "hears": rx.Var("other").bool(),
        "blocked": rx.Var("!canPlayAudio").to(bool),
        "quality": rx.Var("quality").to(str),
        "call": rx.cond(_phase == "idle", 0, _wanted["call"]),
    }
    microphone = _tried(f"localParticipant.setMicrophoneEnabled({~media.muted}, {_capture})")
    retune = f"Promise.resolve(microphoneTrack?.audioTrack?.restartTrack({_capture}))"
    speaker = media.preference("speaker") | media.default_output
    room: rx.Var[Any] = rx.Var("room")
    well = (_connection == "connected") | (_phase == "idle") | (_phase == "replaced")
    given_up = (_phase == "lost") & (_connection == "disconnected")
    again = media.rejoin()
    return [
        # The microphone is open when one may talk and is not muted. A failure waits for the person.
        effect(f"{_may_talk & _mic_fine} && {microphone}", _may_talk, _mic_fine, media.muted, media.TUNED.value),
        # Another microphone, or other processing, in the middle of a call.
        effect(_tried(retune, put(media.TUNED, media.NOW)), rx.Var(f"JSON.stringify({_capture})")),
        effect(f"room.switchActiveDevice('audiooutput', {speaker}).catch(() => {{}})", room, speaker),
        # The click that allows sound.
        effect(f"{media.SOUND.value} && startAudio().catch(() => {{}})", media.SOUND.value),
        # A cue when the network begins to fail.
        effect(f"{_shaken & (_lost_since == '')} && ({media.play('/cue-network.wav')})()", _shaken),
        # Since when the caller cannot be heard.
        effect(put(media.LOST_SINCE, rx.cond(well, "", rx.cond(_shaken, _still_lost, _lost_since))), well, _shaken),
        # LiveKit's client tries for long. When it has given up: anew, after a while.
        effect(f"const timer = {given_up} && setTimeout({again}, {RETRY})", given_up, undo="clearTimeout(timer)"),
        # Leave with the page. LiveKit's own way would leave when the browser merely asks whether to leave.
        effect("window.onpagehide = () => room.disconnect()", room),
        effect(put(media.SEEN, seen), *seen.values()),
    ]


@rx.memo
def in_room() -> rx.Component:
    """Follows the permissions, the preferences and the person, and tells what it sees."""
    used = ["AudioPlayback", "ConnectionQualityIndicator", "ConnectionState", "LocalParticipant"]
    used += ["LocalParticipantPermissions", "RoomContext", "Tracks"]
    return Hooks.create(
        uses={COMPONENTS: [f"use{name}" for name in used]},
        lines=[
            "const room = useRoomContext();",
            "const connection = useConnectionState();",
            "const permissions = useLocalParticipantPermissions();",
            "const { localParticipant, microphoneTrack, isMicrophoneEnabled } = useLocalParticipant();",
            "const { quality } = useConnectionQualityIndicator({ participant: localParticipant });",
            "const { canPlayAudio, startAudio } = useAudioPlayback();",
            _OTHER,
            *_effects(),
        ],
    )


@rx.memo
def telephone_keys() -> rx.Component:
    """Those pressed here and on the phone: see ``components.keys``."""
    return Hooks.create(
        uses={COMPONENTS: ["useRoomContext"]}, lines=["const room = useRoomContext();", *dtmf.in_room()]
    )


def _meter(side: str, track: str, uses: str, *lines: Any) -> rx.Component:
    loud: rx.Var[int] = rx.Var(f"({track} ? Math.min(100, Math.round(volume * 25) * 10) : 0)")
    volume = f"const volume = useTrackVolume({track}, {_ANALYSER});"
    return Hooks.create(
        uses={COMPONENTS: [uses, "useTrackVolume"]}, lines=[*lines, volume, effect(put(media.LEVELS[side], loud), loud)]
    )


@rx.memo
def your_level() -> rx.Component:
    """Looks again when the microphone was changed: it has another track then."""
    line = "const { microphoneTrack } = useLocalParticipant();"
    look = effect("", media.TUNED.value)
    return _meter("you", "microphoneTrack?.audioTrack", "useLocalParticipant", line, look)


@rx.memo
def other_level() -> rx.Component:
    """How loud the caller is."""
    return _meter("other", "other?.publication.audioTrack", "useTracks", _OTHER)


@rx.memo
def microphone_check() -> rx.Component:
    """Takes the microphone for as long as it is mounted, and sends it nowhere."""
    failed = handler(put(media.CHECK_ERROR, rx.Var("error.name")), put(media.CHECKING, "failed"), taking="error")
    return _meter(
        "check",
        "tracks?.[0]",
        "usePreviewTracks",
        rx.Var(f"const failed = useCallback({failed}, []);"),
        rx.Var(f"const tracks = usePreviewTracks({{ audio: {_capture} }}, failed);"),
        effect(f"tracks && {put(media.CHECKING, 'mic')}", rx.Var("tracks")),
    )


class Reporter(Hooks):
    """Lists the devices, looks up what the browser has kept, and tells Python what changed."""

    on_report: rx.EventHandler[_REPORT]  # type: ignore[type-arg, valid-type]

    def _exclude_props(self) -> list[str]:
        return [*super()._exclude_props(), "on_report"]

    def add_hooks(self) -> list[str | rx.Var[Any]]:
        report = rx.Var.create(self.event_triggers["on_report"])

        def tell(kind: rx.Var[str], kinds: list[str], detail: rx.Var[str], *on: rx.Var[Any]) -> rx.Var[Any]:
            return effect(f"{rx.Var.create(kinds).contains(kind)} && ({report})({kind}, {detail})", kind, *on)

        named = ".filter((one) => one.deviceId).map((one) => ({ id: one.deviceId, label: one.label }))"
        found: dict[str, rx.Var[Any]] = {side: rx.Var(side + named) for side in ("inputs", "outputs")}
        return [
            'const inputs = useMediaDeviceSelect({ kind: "audioinput" }).devices;',
            'const outputs = useMediaDeviceSelect({ kind: "audiooutput" }).devices;',
            effect(put(media.DEVICES, found), rx.Var("inputs"), rx.Var("outputs")),
            effect(media.LOOK_UP_KEPT),
            tell(media.phase, ["joined", "lost", "replaced"], _room, _attempt // ATTEMPTS_PER_TOKEN),
            tell("mic_" + media.mic, ["mic_open", "mic_failed", "mic_gone"], media.mic_error),
        ]


@rx.memo
def reporter(on_report: rx.EventHandler[_REPORT]) -> rx.Component:  # type: ignore[type-arg, valid-type]
    """Beside the room, because a new attempt to connect makes the room anew."""
    return Reporter.create(uses={COMPONENTS: ["useMediaDeviceSelect"]}, on_report=on_report)


@rx.memo
def media_room(
    wanted: rx.Var[bool],
    on_report: rx.EventHandler[_REPORT],  # type: ignore[type-arg, valid-type]
) -> rx.Component:
    """The one media connection of this tab. ``wanted`` loads the client; ``on_report(kind, detail)`` tells
    ``joined`` room, ``replaced`` room, ``lost`` room (it keeps trying, and wants a fresh ``join``),
    ``mic_open``, ``mic_failed`` error, ``mic_gone`` error.
    """
    # A newer token for the same room waits for the next attempt; taken at once it could disturb a connection.
    latch = Hooks.create(lines=[rx.Var(f"const grant = useMemo(() => {_wanted}, [{_room}, {_attempt}, {_over}]);")])
    grant = rx.Var("grant").to(dict[str, str])
    reason: rx.Var[int] = rx.Var("reason")
    lost_since = rx.cond(rx.Var.create(FINAL).contains(reason), "", _still_lost)
    ended = handler(
        put(_ENDED, {"reason": reason, "wish": _wanted["wish"]}), put(media.LOST_SINCE, lost_since), taking="reason"
    )
    room = LiveKitRoom.create(
        RoomAudioRenderer.create(),
        in_room(),
        telephone_keys(),
        your_level(),
        other_level(),
        key=rx.Var(f"`${{{_room}}}/${{{_attempt}}}`").to(str),
        token=grant["token"],
        server_url=grant["url"],
        connect=(_room != "") & ~_over,
        audio=False,
        options={"disconnectOnPageLeave": False},
        on_disconnected=ended,
    )
    check = rx.cond(media.checking == "", rx.fragment(), microphone_check())
    # A server that comes back knows nobody for a moment; that is no reason to end a call.
    return rx.cond(wanted | (_room != ""), rx.fragment(latch, reporter(on_report=on_report), room, check))
