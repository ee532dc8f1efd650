"""What was wrong with a command line, in words of ours: the library's own speak of formats, ranges and its types."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typer._click.exceptions import BadParameter, ClickException

_DAY = "YYYY-MM-DD"


def told(error: ClickException, given: Sequence[str], group: Any) -> tuple[str, str]:
    """(what is wrong, what to do about it) of a command line that could not be parsed by this group."""
    from typer._click import exceptions

    help_ = f"{_called(given, group)} --help says how it is used"
    if isinstance(error, exceptions.NoSuchOption):
        return f"there is no option {error.option_name}", _meant(error.possibilities or (), help_)
    if isinstance(error, exceptions.BadOptionUsage):
        takes_none = error.message.endswith("does not take a value.")
        return f"{error.option_name} {'takes no value' if takes_none else 'needs a value'}", help_
    if isinstance(error, exceptions.MissingParameter):
        return f"{_name(error)} is missing", help_
    if isinstance(error, exceptions.BadParameter):
        wrong, remedy = _of_a_value(error)
        return f"{_name(error)}: {wrong}", f"{remedy}\n{help_}" if remedy else help_
    if found := re.match(r"No such command '(.*?)'\.(?: Did you mean (.*)\?)?$", error.message, re.DOTALL):
        near = re.findall(r"'([^']*)'", found[2] or "")
        return f"there is no command {found[1]}", _meant(near, f"{_called(given, group)} --help lists the commands")
    if found := re.match(r"Got unexpected extra argument\(s\) \((.*)\)$", error.message, re.DOTALL):
        is_one = found[1] in given
        return f"'{found[1]}' {'is one argument' if is_one else 'are arguments'} too many", help_
    return error.format_message(), help_


def _called(given: Sequence[str], group: Any) -> str:
    """The command as it was called, without what came after its name."""
    names = ["emailops"]
    for argument in given:
        group = getattr(group, "commands", {}).get(argument)
        if group is None:
            break
        names.append(argument)
    return " ".join(names)


def _meant(near: Sequence[str], otherwise: str) -> str:
    if not near:
        return otherwise
    *others, last = near
    return f"did you mean {', '.join(others)}{' or ' if others else ''}{last}?\n{otherwise}"


def _name(error: BadParameter) -> str:
    """What the option or the argument is called in the help."""
    hint = error.param.get_error_hint(error.ctx) if error.param is not None and error.ctx is not None else ""
    return hint.replace("'", "") or "an argument"


def _of_a_value(error: BadParameter) -> tuple[str, str]:
    """(what is wrong with the value, what to write); nothing to write where the first says it."""
    of = getattr(error.param, "type", None)
    value, words = _split(error.message)
    if words == "does not match the formats":
        has_time = any("%H" in form for form in getattr(of, "formats", ()))
        return f"{value} is not a day", f"write {_DAY}" + (f", or {_DAY}THH:MM" if has_time else "")
    if words == "is not in the range":
        least, most = getattr(of, "min", None), getattr(of, "max", None)
        bounds = f"{least} or more" if most is None else f"{most} or less" if least is None else f"{least} to {most}"
        return f"{value} must be {bounds}", ""
    if words == "is not a valid":
        return f"{value} is not a whole number", ""
    if words == "is not one of":
        *others, last = (str(getattr(choice, "value", choice)) for choice in getattr(of, "choices", [""]))
        return f"{value} is not one of its values", f"write {', '.join(others)}{' or ' if others else ''}{last}"
    return error.message, ""


def _split(message: str) -> tuple[str, str]:
    """(the value as it was typed, what the library says of it), of a message that begins with it; else nothing."""
    said = r"(.*) (does not match the formats|is not in the range|is not a valid|is not one of) "
    found = re.match(said, message, re.DOTALL)
    return (found[1], found[2]) if found else ("", "")
