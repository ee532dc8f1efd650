"""Made-up dumps of the worked example: one planted address a column, in every form in which a dump is written."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Rows = Sequence[Sequence[Any]]
TABLES: dict[str, tuple[tuple[str, ...], Rows]] = {
    "users": (("id", "name", "email_address"), [(n, "Jane", f"{n}@user.marketplace.team") for n in range(1, 60)]),
    "brief_responses": (
        ("id", "data"),
        [(n, {"respondToEmailAddress": "example-email@example.gov.uk", "day": "1@2"}) for n in range(40)],
    ),
    "contact_information": (
        ("id", "email", "website"),
        [(n, "simulate-delivered@notifications.service.gov.uk", "https://u:p@x.example") for n in range(40)],
    ),
    "supplier_frameworks": (
        ("supplier_id", "declaration"),
        [
            (
                n,
                {
                    "primaryContactEmail": f"{n:07x}-supplier-user@example.com",
                    "contactEmailContractNotice": f"{n:07x}-supplier-contract@example.com",
                },
            )
            for n in range(40)
        ],
    ),
    "audit_events": (("id", "type", "data"), []),
    "services": (("id", "data"), [(1, {"description": "write to sales@firm.example.net"})]),
    "countries": (("code", "name"), [("gb", "tab\there, line\nthere, \\ and 'quotes'")]),
}
"""Table -> columns and rows, as a clean dump holds them."""
PLANTED = {
    "users.email_address": ("users", 2),
    "brief_responses.data.respondToEmailAddress": ("brief_responses", 1, "respondToEmailAddress"),
    "contact_information.email": ("contact_information", 1),
    "supplier_frameworks.declaration.primaryContactEmail": ("supplier_frameworks", 1, "primaryContactEmail"),
    "supplier_frameworks.declaration.contactEmailContractNotice": (
        "supplier_frameworks",
        1,
        "contactEmailContractNotice",
    ),
}
"""Declared column -> where it is planted: table, number of the column, field of JSON."""
FORMS = (
    "jane@company.co.uk",
    "JANE@Company.CO.UK",
    "jane%40company.co.uk",
    "jane\\u0040company.co.uk",
    "jane&#64;company.co.uk",
    '"jane doe"@company.co.uk',
    "note\njane@company.co.uk",
    "Jane <jane@company.co.uk>",
    "jane@company.co.uk, joe@example.com",
)


def planted(form: str = FORMS[0]) -> dict[str, tuple[tuple[str, ...], Rows]]:
    """The tables with one address of a stranger in each declared column."""
    tables = {name: (columns, [list(row) for row in rows]) for name, (columns, rows) in TABLES.items()}
    for number, (table, column, *field) in enumerate(PLANTED.values()):
        row = tables[table][1][7 + number]
        row[column] = {**row[column], field[0]: form} if field else form
    return tables


def copy(tables: Mapping[str, tuple[tuple[str, ...], Rows]]) -> bytes:
    """As pg_dump writes it."""
    parts = ["--\n-- PostgreSQL database dump\n--\n\nSET client_encoding = 'UTF8';\n\n"]
    for table, (columns, _) in tables.items():
        parts.append(
            f"CREATE TABLE public.{table} (\n" + ",\n".join(f"    {name} text" for name in columns) + "\n);\n\n"
        )
    for table, (columns, rows) in tables.items():
        parts.append(f"COPY public.{table} ({', '.join(columns)}) FROM stdin;\n")
        parts += ["\t".join(map(_copied, row)) + "\n" for row in rows]
        parts.append("\\.\n\n\n")
    parts.append("-- owner@example.com made this\nSELECT pg_catalog.setval('public.users_id_seq', 1, true);\n")
    return "".join(parts).encode()


def inserts(tables: Mapping[str, tuple[tuple[str, ...], Rows]], *, with_names: bool = False) -> bytes:
    """As pg_dump --inserts does, and with --column-inserts."""
    head = copy({table: (columns, []) for table, (columns, _) in tables.items()}).decode().partition("COPY ")[0]
    parts = [head]
    for table, (columns, rows) in tables.items():
        names = f" ({', '.join(columns)})" if with_names else ""
        parts += [f"INSERT INTO public.{table}{names} VALUES ({', '.join(map(_quoted, row))});\n" for row in rows]
    return "".join(parts).encode()


def many_rows_an_insert(tables: Mapping[str, tuple[tuple[str, ...], Rows]]) -> bytes:
    """As --rows-per-insert does, and other databases."""
    parts = [inserts({table: (columns, []) for table, (columns, _) in tables.items()}).decode()]
    for table, (columns, rows) in tables.items():
        if rows:
            values = ",\n\t".join(f"({', '.join(map(_quoted, row))})" for row in rows)
            parts.append(f"INSERT INTO public.{table} ({', '.join(columns)}) VALUES\n\t{values};\n")
    return "".join(parts).encode()


def csv_file(columns: Sequence[str], rows: Rows, delimiter: str = ",") -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow(columns)
    writer.writerows([_text(value) for value in row] for row in rows)
    return out.getvalue().encode()


def json_lines(columns: Sequence[str], rows: Rows) -> bytes:
    return "".join(json.dumps(dict(zip(columns, row, strict=True))) + "\n" for row in rows).encode()


def one_a_table(tables: Mapping[str, tuple[tuple[str, ...], Rows]], sort: str) -> Iterator[tuple[str, bytes]]:
    """Name of a file -> its content."""
    for table, (columns, rows) in tables.items():
        yield f"{table}.{sort}", (csv_file if sort == "csv" else json_lines)(columns, rows)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _copied(value: Any) -> str:
    text = _text(value)
    for plain, escaped in (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r")):
        text = text.replace(plain, escaped)
    return text


def _quoted(value: Any) -> str:
    return str(value) if isinstance(value, int) else "'" + _text(value).replace("'", "''") + "'"
