"""A wallet that a page finds injected (EIP-6963), with an owner who says yes or no; a real chain answers the rest."""

from dataclasses import dataclass, field

from playwright.sync_api import Page

from tests.support.desk import Desk

ACCOUNT = "0x15d34aaf54267db7d7c367839aaf71a00a2c6a65"  # one of anvil's own, which it signs for
MINT = "0x40c10f19"  # DemoEuro.mint(address,uint256)

_INJECTED = """
(() => {
  const provider = {request: async ({method, params = []}) => {
    const answer = await window.askWallet(method, params);
    if (answer.error) throw Object.assign(new Error(answer.error.message), {code: answer.error.code});
    return answer.result;
  }};
  const detail = Object.freeze({info: {uuid: 'u-1', name: 'Test Wallet', icon: 'data:,', rdns: 'test'}, provider});
  const announce = () => dispatchEvent(new CustomEvent('eip6963:announceProvider', {detail}));
  addEventListener('eip6963:requestProvider', announce);
  announce();
})();
"""


@dataclass
class Wallet:
    """A wallet whose owner agrees to everything, but for the methods that are declined. It may be on another chain."""

    desk: Desk
    chain_id: int = 31337
    knows: bool = True
    declines: set[str] = field(default_factory=set)
    lacks: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)

    def inject(self, page: Page) -> None:
        """Let every page that is opened from now on find the wallet."""
        page.expose_function("askWallet", self.answer)
        page.add_init_script(_INJECTED)

    def fill(self, amount: int) -> None:
        """Give the wallet so many units of the demonstration's euro."""
        data = f"{MINT}{ACCOUNT[2:]:0>64}{amount:064x}"
        self.desk.rpc("eth_sendTransaction", {"from": ACCOUNT, "to": self.desk.euro, "data": data})

    def answer(self, method: str, params: list[dict[str, str]]) -> dict[str, object]:
        self.asked.append(method)
        if method in self.declines:
            return {"error": {"code": 4001, "message": "User rejected the request."}}
        if method in self.lacks:
            return {"error": {"code": 4200, "message": "The wallet doesn't know this."}}
        if method == "eth_requestAccounts":
            return {"result": [ACCOUNT]}
        if method == "eth_chainId":
            return {"result": hex(self.chain_id)}
        if method == "wallet_switchEthereumChain":
            if not self.knows:
                return {"error": {"code": 4902, "message": "Unrecognized chain ID."}}
            self.chain_id = int(params[0]["chainId"], 16)
            return {"result": None}
        if method == "wallet_addEthereumChain":
            self.chain_id = int(params[0]["chainId"], 16)
            return {"result": None}
        try:
            return {"result": self.desk.rpc(method, *params)}
        except AssertionError as refused:
            return {"error": {"code": -32000, "message": str(refused)}}
