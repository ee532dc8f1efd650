"""`typescript-mail`: a class `Mail` over Notify's official client for Node.js.

https://docs.notifications.service.gov.uk/node.html#send-a-message
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from emailops.generate.format import Header, Values
from emailops.generate.header import SLASHES, commented
from emailops.generate.mail.message import TemplateCall

_CLASS = "export class Mail {"
_FUNCTION = re.compile(
    r"^  (\w+)\(\n    to: string,\n(?:    personalisation: \{\n(.*?)    \},\n)?    options", re.DOTALL | re.MULTILINE
)
_FIELD = re.compile(r'^      (\w+|"(?:[^"\\]|\\.)*"): Value;$', re.MULTILINE)
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_HEAD = """\
export type Value = string | number | boolean | readonly string[];
export type EmailOptions = { reference?: string; emailReplyToId?: string };
export type SmsOptions = { reference?: string; smsSenderId?: string };

/** What Notify's own `NotifyClient` can do. */
export interface Client {
  sendEmail(templateId: string, emailAddress: string, options: object): Promise<unknown>;
  sendSms(templateId: string, phoneNumber: string, options: object): Promise<unknown>;
}

"""
_BODY = """\
  private readonly client: Client;
  private readonly templates: Readonly<Record<TemplateName, string>>;
  private readonly redirects: Readonly<Record<string, string>>;

  /**
   * `templates` are ids by name. `redirects` are safe addresses by domain; with `{}` all mail really goes out.
   */
  constructor(
    client: Client,
    templates: Readonly<Record<TemplateName, string>>,
    redirects: Readonly<Record<string, string>>,
  ) {
    this.client = client;
    this.templates = templates;
    this.redirects = redirects;
  }
"""
_BODY_WITH_TEXTS = """\
  private readonly client: Client;
  private readonly templates: Readonly<Record<TemplateName, string>>;
  private readonly redirects: Readonly<Record<string, string>>;
  private readonly numberRedirects: Readonly<Record<string, string>>;

  /**
   * `templates` are ids by name. `redirects` are safe addresses by domain, `numberRedirects` safe numbers by how a
   * number begins, with + and its country; with `{}` all of it really goes out.
   */
  constructor(
    client: Client,
    templates: Readonly<Record<TemplateName, string>>,
    redirects: Readonly<Record<string, string>>,
    numberRedirects: Readonly<Record<string, string>>,
  ) {
    this.client = client;
    this.templates = templates;
    this.redirects = redirects;
    this.numberRedirects = numberRedirects;
  }
"""
_SENT = """\

  private email(name: TemplateName, to: string, personalisation: object, options: EmailOptions): Promise<unknown> {
    const domain = to.slice(to.lastIndexOf("@") + 1).trim().toLowerCase();
    const redirect = Object.entries(this.redirects).find(([redirected]) => redirected === domain);
    const target = redirect === undefined ? to : redirect[1];
    return this.client.sendEmail(this.templates[name], target, { personalisation, ...options });
  }
"""
_TEXTED = """\

  private sms(name: TemplateName, to: string, personalisation: object, options: SmsOptions): Promise<unknown> {
    return this.client.sendSms(this.templates[name], this.number(to), { personalisation, ...options });
  }

  /** A number of this country may begin with 0, and any with 00 in the place of its +. */
  private number(to: string): string {
    const compact = to.replace(/\\(\\s*0\\s*\\)|[^0-9+]/g, "");
    const digits = compact.replace(/^[+0]+/, "");
    const atHome = !/^(\\+|00)/.test(compact) && (digits.length === 9 || digits.length === 10);
    const whole = `+${atHome ? "44" : ""}${digits}`.replace(/^\\+440+/, "+44");
    const redirect = Object.entries(this.numberRedirects).find(([beginning]) => whole.startsWith(beginning));
    return redirect === undefined ? to : redirect[1];
  }
"""


def over_official(header: Header, messages: Sequence[TemplateCall]) -> str:
    names = " | ".join(json.dumps(message.template) for message in messages) or "never"
    sorts = {message.is_email for message in messages}
    private = (_SENT if True in sorts else "") + (_TEXTED if False in sorts else "")
    functions = "".join(map(_function, messages))
    body = _BODY_WITH_TEXTS if False in sorts else _BODY
    head = (
        f"{_HEAD}export type TemplateName = {names};\n\n/** Sends each template with the values that it asks for. */\n"
    )
    return commented(header, f"\n{head}{_CLASS}\n{body}{functions}{private}}}\n", SLASHES)


def read(content: str) -> Values:
    """Function -> the fields of its personalisation."""
    if _CLASS not in content:
        raise ValueError("no class Mail")
    found = _FUNCTION.findall(content)
    return {"": {name: [*map(_read, _FIELD.findall(fields))] for name, fields in found}}


def _read(field: str) -> str:
    return str(json.loads(field)) if field.startswith('"') else field


def _field(placeholder: str) -> str:
    return placeholder if _PLAIN.fullmatch(placeholder) else json.dumps(placeholder)


def _function(message: TemplateCall) -> str:
    fields = "".join(f"      {_field(name)}: Value;\n" for name in message.arguments.values())
    personalisation = f"    personalisation: {{\n{fields}    }},\n" if fields else ""
    sort, options = ("email", "EmailOptions") if message.is_email else ("sms", "SmsOptions")
    given = f"{json.dumps(message.template)}, to, {'personalisation' if fields else '{}'}, options"
    return (
        f"\n  /** Sends the template {message.template}. */\n  {message.function}(\n    to: string,\n{personalisation}"
        f"    options: {options} = {{}},\n  ): Promise<unknown> {{\n    return this.{sort}({given});\n  }}\n"
    )
