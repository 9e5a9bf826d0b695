"""What can be wrong with wallets, in words a person can act on."""

from app.core.errors import Conflict, Invalid, NotFound


class NotAnAddress(Invalid):
    """This isn't an address. It begins with 0x and has 40 digits and letters; copy it from your wallet."""

    code = "not-an-address"


class ChallengeOver(NotFound):
    """This message was used before, is older than ten minutes or was made for another browser. Start again."""

    code = "wallet-message-over"
    title = "Start again"


class SignatureWrong(Invalid):
    """This signature isn't one of this address for exactly this message. Sign it whole, then paste the result."""

    code = "signature-wrong"


class WalletTaken(Conflict):
    """Another account here has this wallet. Remove it there first."""

    code = "wallet-taken"


class WalletUnknown(Invalid):
    """No account here has this wallet. Sign in another way and add it under Your account, Wallets."""

    code = "wallet-unknown"


class UnknownWallet(NotFound):
    """This wallet isn't in your list any more. Reload the page to see those that are."""

    code = "unknown-wallet"
