"""A declared state from its files: sections found wherever they stand, bases laid under, values checked by schema."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from emailops.canonical import composed
from emailops.declaration.values import Items, State, Table, merged
from emailops.resource import Finding, Place
from emailops.store.schema_check import check
from emailops.store.tree import ENTRY_SCHEMAS, ROOT, SECTIONS, TEXTS, Tree
from emailops.store.yaml import parse

_NAME = re.compile(r"[A-Za-z0-9_-]+")
_FORMS = {"people": re.compile(r"_?[a-z][a-z0-9-]*"), "dumps": re.compile(r"[A-Za-z0-9_.-]+")}
"""Sections whose names are of another form: handles, and columns."""


def load(tree: Tree) -> State:
    """The state in `tree`. Never raises: what is wrong is in `findings`, and what is right is still there."""
    return _Loader(tree).load()


def put_recorded(state: State, files: Mapping[str, bytes]) -> None:
    """Put these files of recorded/ in the place of the state's own, checked as they are."""
    state.recorded.clear()
    for name, content in sorted(files.items()):
        path = f"recorded/{name}"
        table, wrong = parse(path, content)
        state.findings += wrong
        if isinstance(table, Table):
            state.findings += check("recorded", table)
            state.recorded[name.removesuffix(".yaml")] = table
        elif table not in (None, ""):
            message = "must be a mapping of resources to ids"
            state.findings.append(
                Finding.error(Place(path, 1, 1), "wrong-type", message, "restore the ledger's branch")
            )
        state.is_whole &= not wrong


class _Loader:
    """`documents` holds what each file says; None for one that could not be read."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._findings = list(tree.findings)
        self._documents: dict[str, Any] = {}

    def load(self) -> State:
        for path, content in self._tree.files.items():
            if path.endswith(".yaml"):
                self._documents[path], wrong = parse(path, content)
                self._findings += wrong
        root = self._root()
        state = State(root, {}, self._waivers(root), self._documents)
        for name, entry_schema in ENTRY_SCHEMAS.items():
            state.sections[name] = self._entries(name, self._section(name, root), entry_schema)
        self._texts(state)
        self._attestations(state)
        self._recorded(state)
        has_root = isinstance(self._documents.get(ROOT), Table)
        state.is_whole = has_root and not self._tree.findings and None not in self._documents.values()
        state.findings = _once(self._findings)
        return state

    def _root(self) -> Table:
        """emailops.yaml, its own fields checked; the sections in it are checked with all others."""
        if ROOT not in self._documents:
            if not any(finding.path == ROOT for finding in self._findings):
                self._report(
                    Place(ROOT, 1, 1),
                    "file-missing",
                    "there is no emailops.yaml",
                    "emailops init begins one; --state DIR names one elsewhere",
                )
            return Table(Place(ROOT, 1, 1))
        root = self._table(self._documents[ROOT], Place(ROOT, 1, 1))
        if self._documents[ROOT] is root:
            own = Table(root.place)
            for field in root:
                if field not in SECTIONS:
                    own.take(field, root)
            self._findings += check("emailops", own)
        return root

    def _section(self, name: str, root: Table) -> tuple[Any, Place]:
        """What the section holds, and where, from the one place where it stands."""
        found: list[tuple[Any, Place, Place]] = []
        if name in root:
            found.append((root[name], root.places[name], root.field_places[name]))
        file = f"{name}.yaml"
        if file in self._documents:
            found.append((self._documents[file], Place(file, 1, 1), Place(file, 1, 1)))
        paths = {
            path.removeprefix(f"{name}/").removesuffix(".yaml"): path
            for path in self._documents
            if path.startswith(f"{name}/")
        }
        if paths:
            first = Place(min(paths.values()), 1, 1)
            found.append((self._folder(name, paths), first, first))
        for _, _, place in found[1:]:
            message = f"the section {name} stands in two places (also in {found[0][2].path})"
            self._report(place, "section-twice", message, "keep it in one")
        return found[0][:2] if found else (None, Place(file, 1, 1))

    def _folder(self, name: str, paths: dict[str, str]) -> Table:
        table = Table(Place(f"{name}/", 1, 1))
        for entry, path in sorted(paths.items()):
            start = Place(path, 1, 1)
            if "/" in entry:
                self._report(start, "file-name", "a folder in a section's folder", f"move it to {name}/")
            else:
                value = self._documents[path]
                table.put(entry, value, start, value.place if isinstance(value, Table | Items) else start)
        return table

    def _entries(self, section_name: str, found: tuple[Any, Place], entry_schema: str) -> Table:
        """The entries with their bases laid under; the bases themselves are checked and left out."""
        section = self._table(*found)
        result = Table(section.place)
        form = _FORMS.get(section_name, _NAME)
        for name, entry in section.items():
            place = section.field_places[name]
            if not form.fullmatch(name):
                self._report(place, "wrong-field", f"{name!r} cannot be a name", "use letters, digits, _ and -")
            if not isinstance(entry, Table):
                if place.path not in self._documents or self._documents[place.path] is not None:
                    at = section.places[name]
                    self._report(at, "wrong-type", f"{name} must be a mapping", "write fields and values")
                continue
            whole, is_complete = self._with_base(section, name)
            is_base = name.startswith("_")
            self._findings += check(entry_schema, whole, partial=is_base or not is_complete)
            if not is_base:
                result.put(name, whole, place, section.places[name])
        return result

    def _with_base(self, section: Table, name: str) -> tuple[Table, bool]:
        """The entry over its chain of bases, and whether all of it is there; a broken chain is a finding."""
        chain = [name]
        is_complete = True
        while isinstance(base := section[chain[-1]].get("extends"), str):
            place = section[chain[-1]].at("extends")
            if base in chain:
                message = f"{base} extends itself through {' -> '.join(chain)}"
                self._report(place, "extends", message, "break the circle")
                break
            if not base.startswith("_") or base not in section:
                bases = [name for name in section if name.startswith("_")]
                close = get_close_matches(base, bases, n=1)
                known = ", ".join(bases) or "a base, whose name begins with _; there is none yet"
                remedy = f"did you mean {close[0]}?" if close else f"write one of {known}"
                self._report(place, "extends", f"there is no base {base} in this section", remedy)
                break
            if not isinstance(section[base], Table):
                is_complete = False
                break
            chain.append(base)
        whole: Table = section[chain[-1]]
        for over in reversed(chain[:-1]):
            whole = merged(whole, section[over])
        return whole.without("extends") if isinstance(whole.get("extends"), str) else whole, is_complete

    def _waivers(self, root: Table) -> Items:
        value, place = self._section("waivers", root)
        if isinstance(value, Items):
            self._findings += check("waivers", value)
            return value
        if value not in (None, "", {}):
            at = value.place if isinstance(value, Table) else place
            self._report(at, "wrong-type", "waivers must be a list", "begin each with a dash")
        return Items(place)

    def _texts(self, state: State) -> None:
        for path, content in self._tree.files.items():
            section, _, file = path.partition("/")
            if not file.endswith(TEXTS.get(section, ())):
                continue
            name, _, ending = file.rpartition(".")
            place = Place(path, 1, 1)
            try:
                text = (composed(content.decode("utf-8-sig").replace("\r\n", "\n")), place)
            except UnicodeDecodeError:
                self._report(place, "yaml-encoding", "not UTF-8", "save it as UTF-8")
                continue
            finally:
                self._name(place, section, name, ending, state)
            if section == "templates":
                state.texts[name] = text
            else:
                state.mailing_texts[file] = text

    def _name(self, place: Place, section: str, name: str, ending: str, state: State) -> None:
        """A text is named after an entry of its section."""
        if name not in state.sections[section] and name.upper() != "README":
            close = get_close_matches(name, state.sections[section], n=1)
            remedy = f"did you mean {close[0]}.{ending}?" if close else f"name it after a {section[:-1]}, or remove it"
            self._report(place, "text-unknown", f"there is no {section[:-1]} {name}", remedy)

    def _attestations(self, state: State) -> None:
        for path, table in self._written("attestations"):
            kind, _, name = path.partition("/")
            wrong = list(check("attestation", table))
            if not name:
                self._report(table.place, "file-name", "not attestations/KIND/NAME.yaml", "move it")
            elif not wrong:
                state.attestations[f"{kind}/{name}"] = table
            self._findings += wrong

    def _recorded(self, state: State) -> None:
        for scope, table in self._written("recorded"):
            self._findings += check("recorded", table)
            state.recorded[scope] = table

    def _written(self, folder: str) -> list[tuple[str, Table]]:
        """The files of a folder that the tool writes, each by its path without ending."""
        return [
            (path.removeprefix(f"{folder}/").removesuffix(".yaml"), self._table(document, Place(path, 1, 1)))
            for path, document in self._documents.items()
            if path.startswith(f"{folder}/")
        ]

    def _table(self, value: Any, place: Place) -> Table:
        if isinstance(value, Table):
            return value
        if value not in (None, ""):
            at = value.place if isinstance(value, Items) else place
            self._report(at, "wrong-type", "must be a mapping", "write fields and values")
        return Table(place)

    def _report(self, place: Place, rule: str, message: str, remedy: str) -> None:
        self._findings.append(Finding.error(place, rule, message, remedy))


def _once(findings: list[Finding]) -> list[Finding]:
    """In order, none twice; what YAML itself refused is not also of a wrong type."""
    refused = {finding.place for finding in findings if finding.rule.startswith("yaml-")}
    kept = [
        finding
        for finding in dict.fromkeys(findings)
        if finding.rule not in ("wrong-type", "wrong-value") or finding.place not in refused
    ]
    return sorted(kept, key=lambda finding: (*finding.place, finding.rule, finding.message))
