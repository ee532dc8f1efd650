"""`python-mail`: a class `Mail`, over `emailops_clients` or over Notify's official client.

https://docs.notifications.service.gov.uk/python.html#send-a-message. It is for Python 3.9 and up, and a formatter
leaves it as it is.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from emailops.generate.format import Header, Values
from emailops.generate.header import commented
from emailops.generate.literal import literal
from emailops.generate.mail.message import TemplateCall

_CLASS = "Mail"
_OURS = '''\
    """Sends each template with the values that it asks for. The client knows the ids, and redirects."""

    def __init__(self, client: NotifyClient) -> None:
        self._client = client
'''
_OFFICIAL = '''\
    """Sends each template with the values that it asks for.

    `templates` are their ids by name. `redirects` are safe addresses by domain; with `{}` all mail really goes out.
    """

    def __init__(self, client: Client, *, templates: Mapping[str, str], redirects: Mapping[str, str]) -> None:
        self._client = client
        self._templates = templates
        self._redirects = redirects
'''
_OFFICIAL_WITH_TEXTS = '''\
    """Sends each template with the values that it asks for.

    `templates` are their ids by name. `redirects` are safe addresses by domain, `number_redirects` safe numbers by how
    a number begins, with + and its country; with `{}` all of it really goes out.
    """

    def __init__(
        self,
        client: Client,
        *,
        templates: Mapping[str, str],
        redirects: Mapping[str, str],
        number_redirects: Mapping[str, str],
    ) -> None:
        self._client = client
        self._templates = templates
        self._redirects = redirects
        self._number_redirects = number_redirects
'''
_EMAIL_OF_CLIENT = """\

    def send_email_notification(
        self,
        email_address: str,
        template_id: str,
        personalisation: Any = ...,
        reference: Any = ...,
        email_reply_to_id: Any = ...,
    ) -> Any: ...
"""
_SMS_OF_CLIENT = """\

    def send_sms_notification(
        self,
        phone_number: str,
        template_id: str,
        personalisation: Any = ...,
        reference: Any = ...,
        sms_sender_id: Any = ...,
    ) -> Any: ...
"""
_NUMBER = '''\

    def _number(self, to: str) -> str:
        """A number of this country may begin with 0, and any with 00 in the place of its +."""
        compact = re.sub(r"\\(\\s*0\\s*\\)|[^0-9+]", "", to)
        digits = compact.lstrip("+0")
        at_home = not compact.startswith(("+", "00")) and len(digits) in (9, 10)
        digits = f"44{digits}" if at_home else digits
        whole = f"+44{digits[2:].lstrip('0')}" if digits.startswith("44") else f"+{digits}"
        safe = (target for beginning, target in self._number_redirects.items() if whole.startswith(beginning))
        return next(safe, to)
'''
_TARGET = """\

    def _target(self, to: str) -> str:
        return self._redirects.get(to.rpartition("@")[2].strip().lower(), to)
"""


def over_ours(header: Header, messages: Sequence[TemplateCall]) -> str:
    """Over `NotifyClient` of `emailops_clients`, in whose settings the ids and redirects stand."""
    value = "from emailops_clients.notify import Value\n" if any(message.arguments for message in messages) else ""
    imports = f"from __future__ import annotations\n\nfrom emailops_clients import NotifyClient, Sent\n{value}"
    functions = "".join(
        _function(message, _call_of_ours(message), "Sent", _options_of_ours(message)) for message in messages
    )
    return commented(header, f"\n{imports}\n\nclass {_CLASS}:\n{_OURS}{functions}")


def over_official(header: Header, messages: Sequence[TemplateCall]) -> str:
    """Over `NotificationsAPIClient`, with the ids and redirects as arguments."""
    sorts = {message.is_email for message in messages}
    asked = (_EMAIL_OF_CLIENT if True in sorts else "") + (_SMS_OF_CLIENT if False in sorts else "")
    value = any(message.arguments for message in messages)
    sequence, union = (", Sequence", ", Union") if value else ("", "")
    matched = "import re\n" if False in sorts else ""
    head = (
        f"from __future__ import annotations\n\n{matched}from collections.abc import Mapping{sequence}\n"
        f"from typing import Any, Protocol{union}\n\n"
        + ("Value = Union[str, int, float, bool, Sequence[str]]\n" if value else "")
        + '\n\nclass Client(Protocol):\n    """What Notify\'s own `NotificationsAPIClient` can do."""\n'
        + (asked or "\n    ...\n")
    )
    functions = "".join(
        _function(message, _call_of_official(message), "Any", _options(message)) for message in messages
    )
    made = _OFFICIAL_WITH_TEXTS if False in sorts else _OFFICIAL
    target = (_TARGET if True in sorts else "") + (_NUMBER if False in sorts else "")
    return commented(header, f"\n{head}\n\nclass {_CLASS}:\n{made}{functions}{target}")


def read(content: str) -> Values:
    """Function -> its arguments, but for those that every function has."""
    classes = [node for node in ast.parse(content).body if isinstance(node, ast.ClassDef) and node.name == _CLASS]
    if not classes:
        raise ValueError(f"no class {_CLASS}")
    return {"": dict(_read(classes[0]))}


def _read(cls: ast.ClassDef) -> Iterator[tuple[str, list[str]]]:
    for node in cls.body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            given = zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
            yield node.name, [argument.arg for argument, default in given if default is None]


def _function(message: TemplateCall, call: str, gives: str, options: Sequence[str]) -> str:
    arguments = [f"{name}: Value" for name in message.arguments]
    lines = "".join(f"        {argument},\n" for argument in ("self", "to: str", "*", *arguments, *options))
    about = f'"""Send the template {message.template}."""'
    return f"\n    def {message.function}(\n{lines}    ) -> {gives}:\n        {about}\n        return {call}\n"


def _options_of_ours(message: TemplateCall) -> list[str]:
    return [
        "reference: str | None = None",
        f"{'reply_to' if message.is_email else 'sender'}: str | None = None",
        "resend: bool = True",
    ]


def _options(message: TemplateCall) -> list[str]:
    return [
        "reference: str | None = None",
        f"{'reply_to_id' if message.is_email else 'sender_id'}: str | None = None",
    ]


def _call_of_ours(message: TemplateCall) -> str:
    method, option = ("send_email", "reply_to") if message.is_email else ("send_sms", "sender")
    given = [
        "to",
        literal(message.template),
        _values(message),
        "reference=reference",
        f"{option}={option}",
        "resend=resend",
    ]
    return _called(f"self._client.{method}", given)


def _call_of_official(message: TemplateCall) -> str:
    template = f"self._templates[{literal(message.template)}]"
    if message.is_email:
        given = ["self._target(to)", template, _values(message), "reference", "reply_to_id"]
        names = ("", "", "personalisation=", "reference=", "email_reply_to_id=")
    else:
        given = ["self._number(to)", template, _values(message), "reference", "sender_id"]
        names = ("", "", "personalisation=", "reference=", "sms_sender_id=")
    method = "send_email_notification" if message.is_email else "send_sms_notification"
    return _called(f"self._client.{method}", [f"{name}{value}" for name, value in zip(names, given, strict=True)])


def _called(function: str, given: Sequence[str]) -> str:
    return f"{function}(\n" + "".join(f"            {argument},\n" for argument in given) + "        )"


def _values(message: TemplateCall) -> str:
    lines = [f"                {literal(placeholder)}: {name},\n" for name, placeholder in message.arguments.items()]
    return "{\n" + "".join(lines) + "            }" if lines else "{}"
