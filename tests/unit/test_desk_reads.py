"""A desk is read by index, however long its agent has been with the house."""

from tests.builders import Centre
from tests.support.plans import Plans


async def test_nothing_is_read_through_and_missed_offers_have_an_index(centre: Centre) -> None:
    anna = await centre.agent("Anna")
    await centre.call_in()
    plans = Plans(centre, "FROM offer", "FROM call")
    await plans.of(centre.services.desk.view(anna))
    assert any("ix_offer_missed" in line for line in plans.lines), plans.lines
    assert not [line for line in plans.lines if line in ("SCAN offer", "SCAN call") or "Seq Scan on" in line], (
        plans.lines
    )
