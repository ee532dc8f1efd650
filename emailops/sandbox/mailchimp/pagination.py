"""What Mailchimp's listings share: pages of a collection, and the choice of fields.

https://mailchimp.com/developer/marketing/docs/methods-parameters/
"""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from emailops.sandbox.mailchimp.parameters import whole_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from emailops.sandbox.serving.wire import Call, Response

PAGE = 10
LONGEST_PAGE = 1000

Item = TypeVar("Item")
Tree = dict[str, Any]


def page_of(items: Sequence[Item], call: Call) -> Iterable[Item]:
    """The part of a collection that `count` and `offset` ask for."""
    count = whole_number(call, "count", PAGE, most=LONGEST_PAGE)
    offset = whole_number(call, "offset", 0)
    return islice(items, offset, offset + count)


def selected(response: Response, call: Call) -> Response:
    """The answer with the fields that `fields` names, or without those that `exclude_fields` does."""
    content = response.content
    if call.last("fields"):
        content = _only(content, _tree(call.last("fields")))
    if call.last("exclude_fields"):
        content = _without(content, _tree(call.last("exclude_fields")))
    return replace(response, content=content)


def _tree(names: str) -> Tree:
    """Dotted names as nested mappings; an empty one stands for everything below."""
    tree: Tree = {}
    for name in names.split(","):
        branch = tree
        for part in name.strip().split(".")[:16]:
            branch = branch.setdefault(part, {})
    return tree


def _only(value: Any, tree: Tree) -> Any:
    if not tree:
        return value
    if isinstance(value, list):
        return [_only(item, tree) for item in value]
    if not isinstance(value, dict):
        return value
    return {name: _only(item, tree[name]) for name, item in value.items() if name in tree}


def _without(value: Any, tree: Tree) -> Any:
    if isinstance(value, list):
        return [_without(item, tree) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: _without(item, tree[name]) if name in tree else item
        for name, item in value.items()
        if name not in tree or tree[name]
    }
