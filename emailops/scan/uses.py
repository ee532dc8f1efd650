"""What a source file says, in whatever language: texts, names, keys of mappings, calls, and values that are bound.

Python is read by its own syntax tree, other languages by the grammars of tree-sitter (https://tree-sitter.github.io).
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import import_module
from typing import Any


class UseSort(StrEnum):
    """What stands in a place: a text, a name, a key of something, a call, or a name to which something is bound."""

    text = "text"
    name = "name"
    key = "key"
    call = "call"
    bound = "bound"
    override = "override"


@dataclass(frozen=True, slots=True)
class CodeUse:
    """`name` is the text, key or name; `of` what it is the key of, or the text that is bound.

    `more` are the keywords of a call, and its first arguments that are texts, each behind a colon.
    """

    sort: UseSort
    name: str
    line: int
    column: int
    of: str = ""
    more: frozenset[str] = frozenset()
    count: int = 0


class Unparsable(Exception):
    """Why a file cannot be taken apart."""


@dataclass(frozen=True, slots=True)
class _Grammar:
    """Which nodes of a grammar mean what. Of each the fields that hold its parts, by the names that may occur."""

    module: str
    function: str = "language"
    contents: tuple[str, ...] = ("string_content", "string_fragment", "string_data", "template_data", "heredoc_content")
    names: tuple[str, ...] = (
        *("identifier", "constant", "property_identifier", "shorthand_property_identifier", "type_identifier"),
        *("hash_key_symbol", "simple_symbol", "attribute_name"),
    )


_GRAMMARS = {
    "rb": _Grammar("tree_sitter_ruby"),
    "rake": _Grammar("tree_sitter_ruby"),
    "js": _Grammar("tree_sitter_javascript"),
    "jsx": _Grammar("tree_sitter_javascript"),
    "mjs": _Grammar("tree_sitter_javascript"),
    "cjs": _Grammar("tree_sitter_javascript"),
    "ts": _Grammar("tree_sitter_typescript", "language_typescript"),
    "tsx": _Grammar("tree_sitter_typescript", "language_tsx"),
    "java": _Grammar("tree_sitter_java"),
    **{suffix: _Grammar("tree_sitter_jinja") for suffix in ("j2", "jinja", "jinja2")},
}
_SUBSCRIPTS = {"element_reference", "subscript_expression", "subscript", "array_access"}
_MEMBERS = {"member_expression", "attribute", "field_access"}
_CALLS = {"call", "call_expression", "new_expression", "method_invocation", "object_creation_expression"}
_BINDS = {
    "assignment",
    "variable_declarator",
    "assignment_expression",
    "jinja_assign",
    "pair",
    "public_field_definition",
}
_METHODS = {"items", "keys", "values", "update", "copy", "setdefault", "pop"}
_LOOK_UPS = {"get", "fetch", "getenv", "getProperty", "getOrDefault", "dig"}


def uses(path: str, content: bytes) -> Iterator[CodeUse] | None:
    """What a file of code says; None where it is no code of a known language. Raises Unparsable."""
    suffix = path.rpartition(".")[2].lower()
    if suffix == "py":
        return _of_python(content)
    grammar = _GRAMMARS.get(suffix)
    return _of_grammar(grammar, content) if grammar else None


def _of_python(content: bytes) -> Iterator[CodeUse]:
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError, RecursionError) as error:
        line = getattr(error, "lineno", None)
        raise Unparsable(f"not Python 3{f', at line {line}' if line else ''}") from None
    return _python_uses(tree)


def _python_uses(tree: ast.Module) -> Iterator[CodeUse]:
    for node in ast.walk(tree):
        of_its_sort = _PYTHON.get(type(node))
        if of_its_sort:
            yield from of_its_sort(node)


def _python_constant(node: ast.Constant) -> Iterator[CodeUse]:
    if isinstance(node.value, str):
        yield _python(UseSort.text, node.value, node)


def _python_attribute(node: ast.Attribute) -> Iterator[CodeUse]:
    yield _python(UseSort.name, node.attr, node)
    if node.attr not in _METHODS | _LOOK_UPS:
        yield _python(UseSort.key, node.attr, node, _last_name(node.value))


def _python_subscript(node: ast.Subscript) -> Iterator[CodeUse]:
    if key := _text_of(node.slice):
        yield _python(UseSort.key, key, node, _last_name(node.value))


def _python_assignment(node: ast.Assign | ast.AnnAssign) -> Iterator[CodeUse]:
    for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
        yield _python(UseSort.bound, _last_name(target), node, _text_of(node.value) or _last_name(node.value))


def _python_class(node: ast.ClassDef) -> Iterator[CodeUse]:
    """What a class sets that has a base, and so takes the place of the base's."""
    for inner in node.body if node.bases else ():
        if isinstance(inner, ast.Assign | ast.AnnAssign):
            for target in inner.targets if isinstance(inner, ast.Assign) else [inner.target]:
                yield _python(UseSort.override, _last_name(target), inner, node.name)


def _python_call(node: ast.Call) -> Iterator[CodeUse]:
    function = _last_name(node.func)
    if function in _LOOK_UPS and node.args and (key := _text_of(node.args[0])):
        yield _python(
            UseSort.key, key, node, _last_name(node.func.value) if isinstance(node.func, ast.Attribute) else ""
        )
    keywords = {keyword.arg or "**" for keyword in node.keywords}
    texts = {f"{keyword.arg}:{text}" for keyword in node.keywords if (text := _text_of(keyword.value))}
    texts |= {f"{number}:{text}" for number, value in enumerate(node.args) if (text := _text_of(value))}
    yield _python(UseSort.call, function, node, "", frozenset(keywords | texts), len(node.args) + len(node.keywords))


def _python(
    sort: UseSort, name: str, node: Any, of: str = "", more: frozenset[str] = frozenset(), count: int = 0
) -> CodeUse:
    return CodeUse(sort, name, getattr(node, "lineno", 1), getattr(node, "col_offset", 0) + 1, of, more, count)


def _last_name(node: Any) -> str:
    """What a chain of attributes, keys and calls ends with."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Subscript):
        return _text_of(node.slice) or _last_name(node.value)
    if isinstance(node, ast.Call):
        return _text_of(node.args[0]) if node.args and _text_of(node.args[0]) else _last_name(node.func)
    return ""


def _text_of(node: Any) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


_PYTHON: dict[type[ast.AST], Callable[[Any], Iterator[CodeUse]]] = {
    ast.Constant: _python_constant,
    ast.Name: lambda node: iter([_python(UseSort.name, node.id, node)]),
    ast.alias: lambda node: iter([_python(UseSort.name, node.name, node)]),
    ast.Attribute: _python_attribute,
    ast.Subscript: _python_subscript,
    ast.Call: _python_call,
    ast.Assign: _python_assignment,
    ast.AnnAssign: _python_assignment,
    ast.ClassDef: _python_class,
}


def _of_grammar(grammar: _Grammar, content: bytes) -> Iterator[CodeUse]:
    parse = _parser(grammar)
    return _Walk(grammar, content).uses(parse(content).root_node)


@cache
def _parser(grammar: _Grammar) -> Callable[[bytes], Any]:
    try:
        tree_sitter = import_module("tree_sitter")
        language = tree_sitter.Language(getattr(import_module(grammar.module), grammar.function)())
    except ImportError:
        raise Unparsable("its grammar is not installed: pip install 'emailops[scan]'") from None
    parse: Callable[[bytes], Any] = tree_sitter.Parser(language).parse
    return parse


class _Walk:
    """Goes through a tree without recursion: a minified file is very deep."""

    def __init__(self, grammar: _Grammar, content: bytes) -> None:
        self._grammar = grammar
        self._content = content

    def uses(self, root: Any) -> Iterator[CodeUse]:
        left = [root]
        while left:
            node = left.pop()
            left += reversed(node.children)
            if node.type in self._grammar.contents:
                yield self._use(UseSort.text, self._said(node), node)
            elif node.type in self._grammar.names:
                yield self._use(UseSort.name, self._said(node).lstrip(":"), node)
            elif node.type in _SUBSCRIPTS:
                yield from self._subscript(node)
            elif node.type in _MEMBERS:
                if (name := self._name(node)) not in _METHODS | _LOOK_UPS:
                    yield self._use(UseSort.key, name, node, self._name(node.children[0]))
            elif node.type in _CALLS:
                yield from self._call(node)
            if node.type in _BINDS:
                yield from self._bound(node)

    def _subscript(self, node: Any) -> Iterator[CodeUse]:
        key = next((text for child in node.children[1:] if (text := self._text(child))), "")
        if key:
            yield self._use(UseSort.key, key, node, self._name(node.children[0]))

    def _call(self, node: Any) -> Iterator[CodeUse]:
        parts = {
            field: node.child_by_field_name(field) for field in ("function", "constructor", "type", "method", "name")
        }
        called = next((part for part in parts.values() if part is not None), None)
        receiver = node.child_by_field_name("receiver") or node.child_by_field_name("object")
        function = self._name(called) if called is not None else ""
        if function == "new" and receiver is not None:
            function = self._said(receiver)
        arguments = node.child_by_field_name("arguments")
        given = [child for child in arguments.children if child.is_named] if arguments is not None else []
        texts = [self._text(child) for child in given]
        if function in _LOOK_UPS and texts and texts[0]:
            owner = receiver if receiver is not None else called.children[0] if called and called.children else None
            yield self._use(UseSort.key, texts[0], node, self._name(owner) if owner is not None else "")
        more = {f"{number}:{text}" for number, text in enumerate(texts) if text}
        for pair in (inner for child in given for inner in (child, *child.children) if inner.type == "pair"):
            name = self._said(pair.child_by_field_name("key")).strip("\"':")
            more |= {name, f"{name}:{self._text(pair.child_by_field_name('value'))}"}
        yield self._use(UseSort.call, function, node, "", frozenset(more), len(given))

    def _bound(self, node: Any) -> Iterator[CodeUse]:
        for left, right in (("left", "right"), ("name", "value"), ("key", "value")):
            target, value = node.child_by_field_name(left), node.child_by_field_name(right)
            if target is not None and value is not None:
                yield self._use(UseSort.bound, self._name(target), node, self._text(value) or self._name(value))
                return

    def _name(self, node: Any) -> str:
        """What a chain of members and keys ends with."""
        if node.type in _SUBSCRIPTS:
            return next((text for child in node.children[1:] if (text := self._text(child))), "")
        while node.children and node.type not in self._grammar.names:
            named = [child for child in node.children if child.is_named]
            if not named:
                break
            node = named[-1]
        return self._said(node).strip("\"':")

    def _text(self, node: Any) -> str:
        if node.type in ("simple_symbol", "hash_key_symbol"):
            return self._said(node).lstrip(":")
        if "string" not in node.type:
            return ""
        contents = [child for child in node.children if child.type in self._grammar.contents]
        return "".join(map(self._said, contents)) if len(contents) == 1 else ""

    def _said(self, node: Any) -> str:
        return self._content[node.start_byte : node.end_byte].decode(errors="replace")

    def _use(
        self, sort: UseSort, name: str, node: Any, of: str = "", more: frozenset[str] = frozenset(), count: int = 0
    ) -> CodeUse:
        line, column = node.start_point[0], node.start_point[1]
        return CodeUse(sort, name, line + 1, column + 1, of, more, count)
