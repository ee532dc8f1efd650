"""Receipts made up for tests, as Notify tells them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from emailops.private import Address
from emailops.receipts.receipt import Complaint, MessageType, Receipt, hash_of

CREATED = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
TEMPLATE = str(UUID(int=7))
TOKEN = "0123456789ab"
ADA = "Ada@permits.example"


def id_of(number: int) -> str:
    return str(UUID(int=number))


def receipt(number: int = 1, status: str = "delivered", to: str = ADA, **more: Any) -> Receipt:
    fields: dict[str, Any] = {
        "type": MessageType.email,
        "reference": f"reference-{number}",
        "template": TEMPLATE,
        "template_version": 3,
        "created": CREATED,
        "sent": CREATED + timedelta(seconds=1),
        "completed": CREATED + timedelta(seconds=2),
        "token": TOKEN,
        "received": 1000.0 + number,
    }
    return Receipt(id_of(number), status, recipient=hash_of(to), address=Address(to), **{**fields, **more})


def complaint(number: int = 1, to: str = ADA, **more: Any) -> Complaint:
    fields: dict[str, Any] = {"reference": None, "complained": CREATED, "token": TOKEN, "received": 1000.0 + number}
    return Complaint(
        id_of(900 + number), id_of(number), recipient=hash_of(to), address=Address(to), **{**fields, **more}
    )
