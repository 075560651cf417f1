"""The media connection of the desk: LiveKit's client inside a Reflex app.

``media_room`` is mounted once, in the app's wrap, so that moving between pages leaves it alone. It is
told what to do by the events of :mod:`callcenter.state.media`, and without one it keeps what there is.
The microphone opens when the participant's permission to publish says so, unless it is muted.
What happens is written to the store of :mod:`callcenter.components.media_vars` and reported to Python.
"""

from typing import Any

import reflex as rx
from reflex_base.utils.imports import ImportVar

from callcenter.components.media_vars import STORE, STORE_IMPORTS

CLIENT = "livekit-client@2.23.0"
COMPONENTS = "@livekit/components-react@2.9.24"
HELPERS = "tslib@2.8.1"

_CONTROLLER = """
const devices = () => {
  const media = refs.media, on = (name) => media.pref(name, "on") === "on";
  return { deviceId: media.pref("mic") || undefined, echoCancellation: on("echo"), noiseSuppression: on("noise"),
    autoGainControl: on("gain") };
};

const meter = (lk, track, side) => {
  const { analyser, cleanup } = lk.createAudioAnalyser(track, { fftSize: 1024 }), wave = new Float32Array(1024);
  const loudness = () => {
    analyser.getFloatTimeDomainData(wave);
    const power = wave.reduce((sum, x) => sum + x * x, 0) / wave.length;
    return Math.max(0, Math.min(10, Math.round((10 * Math.log10(power + 1e-9) + 55) / 4))) * 10;
  };
  let shown = -1;
  const show = (level) => {
    if (level === shown) return;
    shown = level;
    document.documentElement.style.setProperty("--level-" + side, level / 100);
    document.querySelectorAll(`[data-level="${side}"]`).forEach((e) => e.setAttribute("aria-valuenow", level));
  };
  const timer = setInterval(() => show(loudness()), 100);
  return () => { clearInterval(timer); show(0); cleanup().catch(() => {}); };
};

const startMedia = (lk, room) => {
  const media = refs.media, set = media.set, me = room.localParticipant;
  const final = [lk.DisconnectReason.CLIENT_INITIATED, lk.DisconnectReason.DUPLICATE_IDENTITY,
    lk.DisconnectReason.PARTICIPANT_REMOVED, lk.DisconnectReason.ROOM_DELETED, lk.DisconnectReason.ROOM_CLOSED];
  let want = { action: "" }, here = {}, driving = false, chain = Promise.resolve(), meters = {}, check = null;
  let retry, patience;
  const stop = (side) => { meters[side]?.(); delete meters[side]; };
  const watch = (side, track) => { stop(side); meters[side] = meter(lk, track, side); };
  const isMuted = () => !!here.call && sessionStorage.getItem("callcenter.muted") === String(here.call);

  const fail = (error, mic = "failed") => {
    set({ mic, micError: error?.name ?? "Error" });
    media.report("mic_" + mic, error?.name ?? String(error));
  };
  const syncMic = () => (chain = chain.then(async () => {
    const may = room.state === "connected" && me.permissions?.canPublish, muted = isMuted();
    set({ muted, mutedSince: muted ? media.get().mutedSince || new Date().toISOString() : "" });
    if (!may) { stop("you"); return set({ mic: "closed", micError: "" }); }
    if (muted) { await me.setMicrophoneEnabled(false); return set({ mic: "muted", micError: "" }); }
    if (me.isMicrophoneEnabled) return set({ mic: "open", micError: "" });
    set({ mic: "opening", micError: "" });
    await me.setMicrophoneEnabled(true, devices());
    set({ mic: "open" });
  }).catch(fail));

  const drive = async () => {
    if (driving) return;
    driving = true;
    clearTimeout(retry);
    for (let done; done !== want; ) {
      done = want;
      const inside = room.state !== "disconnected";
      if (inside && (want.action === "leave" || (want.action === "join" && here.room !== want.room))) {
        here = {};
        await room.disconnect().catch(() => {});
      }
      if (want.action === "join" && room.state === "disconnected") {
        here = want;
        set({ phase: media.get().phase === "lost" ? "lost" : "joining", call: want.call });
        await room.connect(want.url, want.token).catch(lost);
      }
    }
    driving = false;
    clearTimeout(patience);
    if (want.talk) patience = setTimeout(speak, 1500);
  };
  const speak = async () => {
    if (!want.talk || room.state !== "connected" || me.permissions?.canPublish || here.token === want.token) return;
    here = {};
    await room.disconnect().catch(() => {});
    drive();
  };
  const lost = (error) => {
    if (want.action !== "join") return;
    set({ phase: "lost", lostSince: media.get().lostSince || new Date().toISOString() });
    media.report("lost", error?.message ?? String(error));
    clearTimeout(retry);
    retry = setTimeout(drive, 2000);
  };
  const shaken = () => {
    if (!media.get().lostSince) media.play("/cue-network.wav");
    set({ phase: "reconnecting", quality: "lost", lostSince: media.get().lostSince || new Date().toISOString() });
  };
  const over = (phase) => {
    want = { action: "leave" };
    here = {};
    set({ phase, lostSince: "", call: 0 });
  };

  room
    .on("connected", () => {
      set({ phase: "joined", lostSince: "", call: here.call, quality: me.connectionQuality });
      set({ blocked: !room.canPlaybackAudio });
      media.report("joined", here.room);
      media.speaker();
      syncMic();
    })
    .on("reconnecting", shaken)
    .on("signalReconnecting", shaken)
    .on("reconnected", () => { set({ phase: "joined", lostSince: "", quality: "unknown" }); syncMic(); })
    .on("disconnected", (reason) => {
      stop("you"); stop("other");
      set({ mic: "closed", hears: false, quality: "unknown" });
      if (here.room !== want.room && want.action === "join") return;
      if (!final.includes(reason)) return lost(lk.DisconnectReason[reason] ?? "closed");
      over(reason === lk.DisconnectReason.DUPLICATE_IDENTITY ? "replaced" : "idle");
      media.report("left", lk.DisconnectReason[reason] ?? "");
    })
    .on("participantPermissionsChanged", (before, who) => {
      if (who !== me) return;
      if (me.permissions?.canSubscribe && !before?.canSubscribe)
        room.remoteParticipants.forEach((p) => p.trackPublications.forEach((t) => t.setSubscribed(true)));
      syncMic();
    })
    .on("localTrackPublished", ({ track, audioTrack }) => {
      if (!audioTrack) return;
      watch("you", track);
      track.on("ended", () => fail({ name: "DeviceGone" }, "gone"));
      track.on("restarted", () => watch("you", track));
      media.report("mic_open", room.name);
    })
    .on("localTrackUnpublished", () => { stop("you"); syncMic(); })
    .on("trackSubscribed", (track) => { if (track.kind === "audio") { watch("other", track); set({ hears: true }); } })
    .on("trackUnsubscribed", (track) => { if (track.kind === "audio") { stop("other"); set({ hears: false }); } })
    .on("connectionQualityChanged", (quality, who) => { if (who === me) set({ quality }); })
    .on("audioPlaybackChanged", () => set({ blocked: !room.canPlaybackAudio }));

  const figures = async () => {
    const track = me.getTrackPublication("microphone")?.audioTrack;
    const other = [...room.remoteParticipants.values()].flatMap((p) => [...p.audioTrackPublications.values()])[0];
    const [sent, got] = await Promise.all([track?.getSenderStats(), other?.audioTrack?.getReceiverStats()]);
    const all = (got?.packetsReceived ?? 0) + (got?.packetsLost ?? 0);
    set({ rtt: Math.round((sent?.roundTripTime ?? 0) * 1000), jitter: Math.round((got?.jitter ?? 0) * 1000),
      loss: all ? Math.round((1000 * got.packetsLost) / all) / 10 : 0 });
  };
  setInterval(() => { if (room.state === "connected") figures().catch(() => {}); }, 3000);

  const list = async () => {
    const found = await navigator.mediaDevices.enumerateDevices();
    const of = (kind) => found.filter((d) => d.kind === kind && d.deviceId && d.deviceId !== "communications")
      .map((d) => ({ id: d.deviceId, label: d.label || d.deviceId.slice(0, 8) }));
    set({ inputs: of("audioinput"), outputs: of("audiooutput") });
  };
  navigator.mediaDevices?.addEventListener("devicechange", () => list().catch(() => {}));
  window.addEventListener("pagehide", () => room.disconnect());

  Object.assign(media, {
    command: (next) => { want = next; drive(); },
    rejoin: () => { clearTimeout(retry); drive(); },
    mute: (muted = !isMuted()) => {
      if (!here.call) return;
      sessionStorage.setItem("callcenter.muted", muted ? String(here.call) : "");
      syncMic();
    },
    speaker: () => room.switchActiveDevice("audiooutput", media.pref("speaker") || "default").catch(() => {}),
    sound: () => room.startAudio().catch(() => {}),
    prefer: async (name, value) => {
      localStorage.setItem("callcenter." + name, value);
      set({ prefs: { ...media.get().prefs, [name]: value } });
      if (name === "speaker") return media.speaker();
      if (!["mic", "echo", "noise", "gain"].includes(name)) return;
      if (check) return media.check();
      const track = me.getTrackPublication("microphone")?.audioTrack;
      if (track) await track.restartTrack(devices()).then(() => { set({ micError: "" }); return syncMic(); }, fail);
      else await syncMic();
    },
    check: async () => {
      try {
        check?.stop();
        check = await lk.createLocalAudioTrack(devices());
        watch("check", check);
        set({ checking: "mic", micError: "" });
        list();
      } catch (error) { check = null; set({ checking: "failed", micError: error?.name ?? "Error" }); }
    },
    checked: () => { stop("check"); check?.stop(); check = null; set({ checking: "" }); },
    play: async (src, to = "speaker") => {
      const sound = new Audio(src);
      sound.volume = to === "ring" ? Number(media.pref("ring_volume", "0.8")) : 1;
      await sound.setSinkId?.(media.pref(to)).catch(() => {});
      return sound.play().catch(() => {});
    },
    room,
  });
  list().catch(() => {});
  if (media.pending) media.command(media.pending);
};
"""


_REPORT = rx.event.passthrough_event_spec(str, str)


class RoomProvider(rx.NoSSRComponent):
    """React context through which LiveKit's own components find the room."""

    library = COMPONENTS
    tag = "RoomContext.Provider"
    alias = "RoomProvider"
    lib_dependencies: list[str] = [CLIENT, HELPERS]

    value: rx.Var[Any]


class RoomAudioRenderer(rx.NoSSRComponent):
    """Plays what the other side says."""

    library = COMPONENTS
    tag = "RoomAudioRenderer"


class MediaController(rx.Fragment):
    """Loads the client when somebody is signed in and lets it follow the command."""

    wanted: rx.Var[bool]
    on_report: rx.EventHandler[_REPORT]  # type: ignore[type-arg, valid-type]

    def add_imports(self) -> dict[str, Any]:
        return {**STORE_IMPORTS, CLIENT: [ImportVar(tag=None, render=False)], "react": ["useEffect", "useState"]}

    def add_custom_code(self) -> list[str]:
        return [STORE, _CONTROLLER]

    def add_hooks(self) -> list[str | rx.Var[Any]]:
        used = self.wanted._get_all_var_data()
        report = rx.Var.create(self.event_triggers["on_report"])
        return [
            rx.Var("const [room, setRoom] = useState(refs.media.room ?? null);"),
            rx.Var(f"refs.media.report = {report!s};", _var_data=report._get_all_var_data()),
            rx.Var(
                f"useEffect(() => {{ if (!({self.wanted!s}) || room) return;"
                ' import("livekit-client").then((lk) => {'
                "  const made = new lk.Room({ disconnectOnPageLeave: false });"
                "  startMedia(lk, made); setRoom(made);"
                f"}}).catch((error) => console.error(error)); }}, [{self.wanted!s}, room]);",
                _var_data=used,
            ),
            rx.Var(
                "useEffect(() => { refs.media.set({ prefs: Object.fromEntries(Object.keys(localStorage)"
                '.filter((key) => key.startsWith("callcenter."))'
                ".map((key) => [key.slice(11), localStorage.getItem(key)])) }); }, []);"
            ),
        ]

    def _exclude_props(self) -> list[str]:
        return [*super()._exclude_props(), "wanted", "on_report"]

    @classmethod
    def create(cls, *children: rx.Component, **props: Any) -> rx.Component:
        room: rx.Var[Any] = rx.Var("room")
        sound = rx.cond(room.bool(), RoomProvider.create(RoomAudioRenderer.create(), value=room))
        return super().create(*children, sound, **props)


@rx.memo
def media_room(wanted: rx.Var[bool], on_report: rx.EventHandler[_REPORT]) -> rx.Component:
    """The one media connection of this tab. ``wanted`` loads the client; ``on_report(kind, detail)`` tells
    ``joined`` room, ``left`` reason, ``lost`` reason (it keeps trying, and wants a fresh :func:`join`),
    ``mic_open`` room, ``mic_failed`` error, ``mic_gone`` error.
    """
    return MediaController.create(wanted=wanted, on_report=on_report)
