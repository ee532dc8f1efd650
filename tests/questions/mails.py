"""Whom a message may be for, and the states in which it is sent: every kind of key, in trial mode or not."""

from __future__ import annotations

from emailops.declaration.model import Declaration
from emailops.questions.trace import PERSON
from tests.questions.states import PEOPLE, minimal

SAFE = "sink@permits.example"
GUEST = "Guest@permits.example"
ADDRESSES = {"officer": "officer@permits.example", "tester": "Tester@permits.example"}
"""What stands outside Git: an officer is in the team, a tester on the guest list."""
NUMBERS = {"officer": "07700 900777", "tester": "07700 900778"}
"""What Notify knows of the team's members, and of nobody else."""
REMINDER = "cccccccc-0000-4000-8000-000000000001"
"""A text message."""
SERVICE = f"""\
notify:
  permits:
    guest_list:
      - {{address: {SAFE}, why: test mail goes there, until: 2027-01-01}}
      - {{address: {GUEST}, why: tests, until: 2027-01-01}}
      - {{person: tester, why: tests, until: 2027-01-01}}
      - {{number: "07911 123461", why: tests, until: 2027-01-01}}
    team: [officer]
    callback: {{url: https://permits.example/callback}}
"""
HANDLES = "".join(f"  {handle}: {{role: tests, since: 2026-09-01}}\n" for handle in ADDRESSES)
READS = ", REDIRECTS: redirects"

RECIPIENTS = {
    "on the guest list": GUEST,
    "on the guest list in another case": "gUEST@Permits.Example",
    "on the guest list with space around": f" {GUEST}\t",
    "on the guest list but for a tag": "guest+tag@permits.example",
    "on the guest list by handle": f"{PERSON}tester",
    "in the team by handle": f"{PERSON}officer",
    "a stranger": "someone@elsewhere.gov.uk",
    "the safe address itself": SAFE,
    "the safe address with a tag": "sink+tag@permits.example",
    "a smoke-test address": "simulate-delivered@notifications.service.gov.uk",
    "a smoke-test address in another case": "Simulate-Delivered-2@notifications.service.gov.uk",
    "a smoke-test address that is none": "simulate-delivered-4@notifications.service.gov.uk",
    "simulated permanent failure": "perm-fail@simulator.notify",
    "simulated temporary failure": "temp-fail@simulator.notify",
    "simulated failure in another case": "Perm-Fail@simulator.notify",
    "simulated failure with space around": " perm-fail@simulator.notify",
    "another simulated address": "anyone@simulator.notify",
    "a redirected domain": "made-up@example.org",
    "a redirected domain in another case": "Made-Up@EXAMPLE.org",
    "a redirected domain after a second @": "made@up@example.org",
    "a subdomain of a redirected domain": "made-up@mail.example.org",
    "a domain that ends like a redirected one": "made-up@myexample.org",
    "a redirected domain with space after it": "made-up@example.org ",
    "a guest with a zero-width space inside": GUEST.replace("@", "\u200b@"),
    "a smoke-test address with space inside": "simulate-delivered @notifications.service.gov.uk",
    "a dot at the end of the name": "someone.@elsewhere.gov.uk",
    "a domain of any letters": "someone@exämple.net",
    "a name of any letters": "sömeone@elsewhere.gov.uk",
    "no address": "someone",
    "no top level": "someone@localhost",
    "two dots": "some..one@elsewhere.gov.uk",
    "nothing": "",
}

TEXTED = {
    "on the guest list": "07911 123461",
    "on the guest list with its country": "+44 7911 123461",
    "on the guest list with 00 and brackets": "0044 (0)7911-123-461",
    "on the guest list with no zero": "7911123461",
    "on the guest list by handle, with an address": f"{PERSON}tester",
    "in the team by handle": f"{PERSON}officer",
    "a stranger": "07911 123499",
    "abroad": "+1 202 555 0104",
    "abroad without a plus": "12025550104",
    "a landline": "020 7946 0000",
    "a smoke-test number": "07700900000",
    "a smoke-test number in another spelling": "+44 7700 900 111",
    "simulated permanent failure": "07700900002",
    "simulated temporary failure in another spelling": "+44 (0)7700 900003",
    "a number of films": "07700 900460",
    "a digit too many": "0791112346100",
    "far too few digits": "077009",
    "letters": "07911x23461",
    "no such country": "+999 123 4567",
    "an address": "someone@elsewhere.gov.uk",
    "nothing": "",
}


def declared(kind: str, *, trial: bool, reads: bool, safe: str = SAFE) -> Declaration:
    edits = [
        (
            "11111111-1111-4111-8111-111111111111}",
            f"11111111-1111-4111-8111-111111111111, trial: {str(trial).lower()}}}",
        ),
        ("account: permits, kind: live", f"account: permits, kind: {kind}"),
        (f"to: {SAFE}", f"to: {safe}"),
        (PEOPLE, PEOPLE + HANDLES),
        ("templates:\n", f"templates:\n  reminder: {{type: sms, id: {REMINDER}}}\n"),
    ]
    return minimal(*edits, *([] if reads else [(READS, "")]), more=SERVICE)
