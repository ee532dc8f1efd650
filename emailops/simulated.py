"""Recipients that Notify treats in ways of their own (https://docs.notifications.service.gov.uk/rest-api.html#testing)."""

SMOKE_TEST = "simulate-delivered@notifications.service.gov.uk"
SMOKE_TESTS = frozenset({SMOKE_TEST, *(SMOKE_TEST.replace("@", f"-{number}@") for number in (2, 3))})
"""Accepted and never stored, so that nothing can be read of them and nothing is reported."""
SMOKE_TEST_NUMBERS = frozenset({f"447700900{last}" for last in ("000", "111", "222")})
"""The same for text messages, in digits with their country."""
FAILING = {"temp-fail@simulator.notify": "temporary-failure", "perm-fail@simulator.notify": "permanent-failure"}
"""What a test key makes of an address, as it is written; of any other it makes a delivery."""
FAILING_NUMBERS = {"447700900003": "temporary-failure", "447700900002": "permanent-failure"}
"""The same for numbers, in any spelling."""
SIMULATOR = "simulator.notify"
"""A domain that means something to a test key only; to any other its addresses are real, and bounce."""
