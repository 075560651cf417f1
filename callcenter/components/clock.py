"""Times that count in the browser from an instant the server named."""

import reflex as rx
from reflex.vars import VarData
from reflex_base.utils.imports import ImportVar

_CLOCK = """
const clockText = (seconds) => {
  const all = Math.max(0, Math.round(seconds)), two = (n) => String(n).padStart(2, "0");
  const hours = Math.floor(all / 3600);
  return (hours ? hours + ":" : "") + two(Math.floor(all / 60) % 60) + ":" + two(all % 60);
};
"""


class ClockCode(rx.Fragment):
    """Carries ``clockText`` into the module it is compiled into."""

    def add_custom_code(self) -> list[str]:
        return [_CLOCK]


_TICKS = VarData(
    imports={"react": [ImportVar(tag="useEffect"), ImportVar(tag="useState")]},
    hooks={
        "const [now, setNow] = useState(0);": None,
        "useEffect(() => { const tick = () => setNow(Date.now()); tick();"
        " const timer = setInterval(tick, 1000); return () => clearInterval(timer); }, []);": None,
    },
    components=(ClockCode.create(),),
)


def _ticking(expression: str) -> rx.Var[str]:
    """An expression in which ``now`` moves every second (0 before the first)."""
    return rx.Var(expression, _var_data=_TICKS).to(str)


@rx.memo
def elapsed(since: rx.Var[str]) -> rx.Component:
    """``02:17`` since an ISO instant; nothing without one."""
    return rx.fragment(
        rx.cond(since, rx.text.span(_ticking(f"clockText(now ? (now - Date.parse({since!s})) / 1000 : 0)")))
    )


@rx.memo
def remaining(until: rx.Var[str]) -> rx.Component:
    """``00:12`` until an ISO instant."""
    return rx.fragment(
        rx.cond(until, rx.text.span(_ticking(f"clockText(now ? (Date.parse({until!s}) - now) / 1000 : 0)")))
    )


@rx.memo
def emptying_ring(until: rx.Var[str], whole: rx.Var[int], label: rx.Var[str]) -> rx.Component:
    """A ring that empties, with the seconds that are left in it."""
    left = f"Math.max(0, now ? (Date.parse({until!s}) - now) / 1000 : {whole!s})"
    gone = _ticking(f"(1 - Math.min(1, Math.max(0, {left} - 1) / Math.max(1, {whole!s}))) * 314").to(float)
    return rx.fragment(
        rx.el.div(
            rx.el.svg(
                rx.el.svg.circle(cx="56", cy="56", r="50"),
                rx.el.svg.circle(
                    cx="56",
                    cy="56",
                    r="50",
                    class_name="cc-left",
                    style={"strokeDasharray": 314, "strokeDashoffset": gone},
                ),
                view_box="0 0 112 112",
                aria_hidden=True,
            ),
            rx.el.b(_ticking(f"Math.ceil({left})"), class_name="cc-num"),
            class_name="cc-ring",
            role="timer",
            aria_label=label,
        )
    )


@rx.memo
def after(since: rx.Var[str], milliseconds: rx.Var[int], children: rx.Var[rx.Component]) -> rx.Component:
    """Shows its children only once that much time has passed."""
    return rx.fragment(
        rx.cond(_ticking(f"now && now - Date.parse({since!s}) > {milliseconds!s}").to(bool), rx.fragment(children))
    )


@rx.memo
def day_and_time(at: rx.Var[str]) -> rx.Component:
    """An instant in the viewer's zone and manner."""
    shown = f'now && {at!s} ? new Date({at!s}).toLocaleString([], {{ dateStyle: "medium", timeStyle: "short" }}) : ""'
    return rx.fragment(rx.text.span(_ticking(f"({shown})")))


def duration(seconds: rx.Var[int]) -> rx.Var[str]:
    """``03:05`` of a number of seconds."""
    code = VarData(components=(ClockCode.create(),))
    return rx.Var(f"clockText({seconds!s})", _var_data=VarData.merge(code, seconds._get_all_var_data())).to(str)
