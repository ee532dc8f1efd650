"""How long a call to a provider took, logged inside a Flask request where it was slow, sampled or failed."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import has_request_context, request

SLOW_EXTERNAL_CALL_THRESHOLD = 0.25

# Apps set levels and handlers by this name.
_logger = logging.getLogger("dmutils.timing")


@contextmanager
def logged_duration_for_external_request(
    service: str, description: str | None = None, *, logger: logging.Logger | None = None
) -> Iterator[dict[str, float]]:
    """Times what stands inside; `description` is by default the name of the function that calls."""
    called = description or _caller()
    real, process = time.perf_counter(), time.process_time()
    context: dict[str, float] = {}
    try:
        yield context
    finally:
        context["duration_real"] = time.perf_counter() - real
        context["duration_process"] = time.process_time() - process
        if request_context_and_any_of_slow_call_or_sampled_request_or_exception_in_stack(context):
            failed = sys.exc_info()[0] is not None
            words = (
                f"Exception from call to {service} ({called}) after {{duration_real}}s"
                if failed
                else f"Call to {service} ({called}) executed in {{duration_real}}s"
            )
            (logger or _logger).log(logging.DEBUG, words, exc_info=failed, extra=context)


def request_context_and_any_of_slow_call_or_sampled_request_or_exception_in_stack(log_context: Any) -> bool:
    """Whether to log."""
    if not has_request_context():
        return False
    is_slow = log_context["duration_real"] > SLOW_EXTERNAL_CALL_THRESHOLD
    return is_slow or bool(getattr(request, "is_sampled", False)) or sys.exc_info()[0] is not None


def _caller() -> str:
    """The function that wrote `with`: the one before contextlib's own frames."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__") in (__name__, "contextlib"):
        frame = frame.f_back
    return frame.f_code.co_name
