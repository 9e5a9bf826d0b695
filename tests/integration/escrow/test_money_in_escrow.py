"""Money on its way through escrow: paid, held, released or sent back, booked once."""

from tests.support.desk import Desk


def test_a_payment_arrives_is_held_and_goes_to_the_sale(desk: Desk) -> None:
    deal_id, alice = desk.open_deal(), desk.person()
    investment_id = desk.expect(deal_id, alice)
    desk.pay(investment_id)
    for _ in range(3):
        desk.tick()
    assert desk.escrow(investment_id).status == "arriving"
    desk.settle()
    assert desk.escrow(investment_id).status == "held"
