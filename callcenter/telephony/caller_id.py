"""Which of our numbers a called phone shows."""

from callcenter.core.domain.errors import NumberInvalid
from callcenter.core.phone_numbers import normalise
from callcenter.settings import Settings
from callcenter.telephony.plan import TelephonyPlan


def shown_number(settings: Settings, plan: TelephonyPlan) -> str:
    """The setting, else the line's own, else the first declared number; empty leaves it to the provider.

    E.164 where it can be; whether it is one of ours is for the dial rules to say.
    """
    declared = plan.numbers[0].number if plan.numbers else ""
    chosen = settings.outbound_caller_id or (plan.outbound.caller_id if plan.outbound else "") or declared
    try:
        return normalise(chosen, settings.phone_region) if chosen else ""
    except NumberInvalid:
        return chosen
