"""One process keeps up the leases and sign-ins of all that is open there, and tells those who have lost theirs."""

from sqlalchemy import event

from callcenter.core.domain.agents import SYSTEM
from callcenter.core.store import connections
from callcenter.platform.pubsub.change_bus import agent_topic
from tests.builders import PASSWORD, Centre


async def test_all_leases_are_renewed_in_one_statement(centre: Centre) -> None:
    known, open_now = centre.services, {}
    for name in ("Anna", "Ben", "Cem"):
        actor = await centre.agent(name, connected=False)
        open_now[actor] = await known.presence.connect(actor, "desk")
        known.attendance.hold(open_now[actor], actor)
    written: list[str] = []
    event.listen(known.db._notes.sync_engine, "before_cursor_execute", lambda *told: written.append(str(told[2])))
    for _ in range(4):
        centre.clock.advance(20)
        await known.attendance.run()
    assert len([one for one in written if "UPDATE connection" in one]) == 4
    for actor, tab in open_now.items():
        assert known.attendance.holds(tab)
        assert (await centre.desk(actor)).session == "connected"


async def test_who_has_lost_the_lease_is_told_and_not_given_it_back(centre: Centre) -> None:
    known = centre.services
    anna = await centre.agent("Anna", connected=False)
    tab = await known.presence.connect(anna, "desk")
    known.attendance.hold(tab, anna)
    centre.clock.advance(26)
    async with known.hub.subscribe(agent_topic(anna.id)) as changes:
        await known.attendance.run()
        assert changes.take(), "has to connect anew"
    assert not known.attendance.holds(tab)
    assert (await centre.desk(anna)).session == "lost"


async def test_what_has_gone_to_another_process_is_not_renewed_here(centre: Centre) -> None:
    known = centre.services
    anna = await centre.agent("Anna", connected=False)
    tab = await known.presence.connect(anna, "desk")
    known.attendance.hold(tab, anna)
    async with known.units.begin() as unit:
        assert await connections.claim_connection(
            unit.session, tab, anna.id, "another process", unit.now, from_anybody=True
        )
    await known.attendance.run()
    assert not known.attendance.holds(tab)


async def test_what_is_let_go_runs_out(centre: Centre) -> None:
    known = centre.services
    anna = await centre.agent("Anna", connected=False)
    tab = await known.presence.connect(anna, "desk")
    known.attendance.hold(tab, anna)
    known.attendance.let_go(tab)
    centre.clock.advance(20)
    await known.attendance.run()
    centre.clock.advance(20)
    assert (await centre.desk(anna)).session == "lost"


async def test_who_is_signed_out_elsewhere_is_told_even_if_nobody_said_so(centre: Centre) -> None:
    """As when a command line, which wakes nobody here, disables an account."""
    known = centre.services
    await centre.agent("Ben")
    anna = await centre.agent("Anna", connected=False)
    signed = (await known.auth.sign_in("anna", PASSWORD, "203.0.113.1", "desk")).actor
    known.attendance.hold(await known.presence.connect(signed, "desk"), signed)
    async with known.hub.subscribe(agent_topic(anna.id)) as changes:
        await known.attendance.run()
        assert not changes.take(), "woken for nothing"
        await known.accounts.disable(SYSTEM, anna.id)
        changes.take()
        await known.attendance.run()
        assert changes.take()
