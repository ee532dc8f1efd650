"""The stories' worlds, in their one sandbox."""

from __future__ import annotations

from tests.stories.conftest import marketplace, minimal, reused

__all__ = ["marketplace", "minimal", "reused"]
