"""Architecture tests look at the application too."""

from tests.functional.conftest import app, chain_settings, visitor, world

__all__ = ["app", "chain_settings", "visitor", "world"]
