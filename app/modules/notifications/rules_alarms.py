"""What those who run the installation are told of its chain: an alarm, and its end. Pure."""

from app.modules.notifications.rules_kind import N_, Kind

_LOOK = N_("Look at the chain")


def _begins(title: str, line: str, action: str = _LOOK) -> Kind:
    return Kind(topic="work", icon="alert", title=title, line=line, subject=title, body=(line,), action=action)


def _ends(title: str, action: str = _LOOK) -> Kind:
    line = N_("The alarm is over. The page says since when it lasted.")
    return Kind(topic="work", icon="check", title=title, line=line, subject=title, body=(line,), action=action)


_SIGNER = N_("Look at the signer")
ALARMS = {
    "alarm-too-few-nodes": _begins(
        N_("Too few nodes of the chain answer"), N_("Nothing is credited until enough of them answer again.")
    ),
    "alarm-too-few-nodes-over": _ends(N_("Enough nodes of the chain answer again")),
    "alarm-node-out": _begins(
        N_("A node of the chain is out"), N_("It doesn't answer, or it says otherwise than the others.")
    ),
    "alarm-node-out-over": _ends(N_("All nodes of the chain answer again")),
    "alarm-finality-late": _begins(
        N_("Blocks become final late"), N_("The network takes much longer than usual. Credits wait for it.")
    ),
    "alarm-finality-late-over": _ends(N_("Blocks become final in time again")),
    "alarm-following-late": _begins(
        N_("The chain isn't looked at"), N_("No look succeeded for five minutes. Is the worker running?")
    ),
    "alarm-following-late-over": _ends(N_("The chain is looked at again")),
    "alarm-halted": _begins(
        N_("The node follows another chain"), N_("Nothing is read from it. Look where RPC_URL leads.")
    ),
    "alarm-halted-over": _ends(N_("The node follows our chain again")),
    "alarm-deep-reorg": _begins(
        N_("The chain lost final blocks"), N_("Nothing is sent or credited until two operators have decided.")
    ),
    "alarm-deep-reorg-over": _ends(N_("The freeze of the chain is ended")),
    "alarm-contradiction": _begins(
        N_("Nodes of the chain contradict themselves"), N_("Nothing is sent or credited until they don't.")
    ),
    "alarm-contradiction-over": _ends(N_("Nodes of the chain don't contradict themselves any more")),
    "alarm-low-coin": _begins(
        N_("A key has little coin left"), N_("Send coin to it before its transactions wait. The page names the sites.")
    ),
    "alarm-low-coin-over": _ends(N_("All keys have enough coin again")),
    "alarm-signer-halted": _begins(
        N_("Signing is halted"), N_("Nothing is signed until an operator lets the signer go on."), _SIGNER
    ),
    "alarm-signer-halted-over": _ends(N_("The signer signs again"), _SIGNER),
    "alarm-signer-away": _begins(
        N_("The signer doesn't run"), N_("Nothing is signed until it runs again. Look at its log."), _SIGNER
    ),
    "alarm-signer-away-over": _ends(N_("The signer runs again"), _SIGNER),
    "alarm-contracts-differ": _begins(
        N_("Contracts aren't what was built"), N_("What stands on the chain differs from what was built here.")
    ),
    "alarm-contracts-differ-over": _ends(N_("Contracts are what was built again")),
}
