"""When operators are mailed about an alarm: once when it begins, once when it is over, never in a storm. Pure."""

from datetime import datetime, timedelta

FREEZING = ("deep-reorg", "contradiction")  # alarms under which nothing of ours is sent
ABOUT_SITES = frozenset({"low-coin", "contracts-differ"})  # of some site, which is no other site's business
PATIENCE = timedelta(minutes=1)  # how long something has to last before a mail is worth it
QUIET = timedelta(minutes=30)  # what comes and goes is told once in this time


def is_due(kind: str, *, raised_at: datetime, told_last: datetime | None, now: datetime) -> bool:
    """Tell whether the beginning of an open alarm is to be mailed. `told_last`: when one of its kind was last.

    What freezes is told at once, each time.
    """
    if kind in FREEZING:
        return True
    if now - raised_at < PATIENCE:
        return False
    return told_last is None or now - told_last >= QUIET
