"""What a source of settings provides, and the one walk from a setting to its value and to the places that decide it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import field
from typing import Any, NamedTuple, TypeVar

from emailops.dataclass import dataclass
from emailops.declaration.ids import IdOf, OfFramework
from emailops.declaration.model import Audience, Consumer, Declaration, Setting
from emailops.declaration.places import Path, recorded_at
from emailops.declaration.values import Items, Table
from emailops.resource import Place

Found = TypeVar("Found")
OTHERWISE = "otherwise"
"""The source of `by_stage` for stages that it does not name."""
JSON_TEXT = "json_text"


class Absent(Exception):
    """The stage has no such value; `why` is for a finding, `empty` what a file of that stage alone holds instead."""

    def __init__(self, why: str, *, empty: Any = None) -> None:
        super().__init__(why)
        self.why = why
        self.empty = empty


class NotYet(Absent):
    """Another stage has what is named, and this one not yet: a mapping leaves it out, and so does a file."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a value can come from: how a person writes it, and how it is found.

    A person writes the word alone where it has a meaning `alone`, the word and a name where it has one `named`, and a
    mapping from the word to the `argument`, which is a JSON Schema. The meanings say what it gives; `example` is one.
    `is_text` is for values that are one text, `is_text_if_each` for a choice among sources. `resolve` gives the value
    for what follows the word, ids still open, and raises Absent. `inner` gives the sources that stand in the argument,
    which stands at a place. The schema of a setting follows from these.
    """

    resolve: Callable[[Walk, Any], Any]
    alone: str = ""
    named: str = ""
    example: str = ""
    argument: Mapping[str, Any] | None = None
    is_text: bool = False
    is_text_if_each: bool = False
    inner: Callable[[Any, Stands], Iterable[Inner]] | None = None


Stands = Place | tuple[Table, str]
"""A place, or the table and the field whose value stands there: most places are never asked for."""


class Inner(NamedTuple):
    """A source as a person wrote it, inside another one: `path` leads to its value in the other's.

    Of a choice, `stage` is what it is for.
    """

    path: Path
    written: Any
    stands: Stands
    stage: str = ""


class Use(NamedTuple):
    """One use of a source: its word, what follows it, and where it stands.

    `path` leads to its part of the value; `as_json_text` where that is part of a JSON text.
    """

    word: str
    argument: Any
    stands: Stands
    path: Path = ()
    as_json_text: bool = False

    @property
    def place(self) -> Place:
        return placed(self.stands)

    def __str__(self) -> str:
        names = ", ".join(self.argument.texts()) if isinstance(self.argument, Items) else self.argument
        said = f"{self.word} {names}".rstrip() if isinstance(names, str) else self.word
        return f"{said} as JSON text" if self.as_json_text else said


@dataclass(frozen=True, slots=True)
class Resolved:
    """A value, the files that it rests on, and where asked for the place that decides each part of it."""

    value: Any
    inputs: set[str] = field(default_factory=set)
    places: Mapping[Path, Place] = field(default_factory=dict)


class Walk:
    """From one setting of a consumer at one stage to its value. Sources look things up here, and say what they found.

    `inputs` are the files that were needed. `places` are kept only where they are asked for: `validate` needs none.
    """

    def __init__(
        self,
        sources: Mapping[str, Source],
        declaration: Declaration,
        consumer: Consumer,
        stage: str,
        *,
        with_places: bool = False,
    ) -> None:
        self.declaration = declaration
        self.consumer = consumer
        self.stage = stage
        self.inputs: set[str] = set()
        self.places: dict[Path, Place] = {}
        self.stands: Stands = consumer.source.place
        self._sources = sources
        self._with_places = with_places
        self._path: Path = ()

    def value(self, written: Any, place: Stands) -> Any:
        """The value of a source as a person wrote it. Raises Absent."""
        word, argument, stands = _read(written, place)
        if not word and argument is None:
            raise Absent("its source is not understood")
        source = self._sources.get(word)
        if source is None:
            raise Absent(f"there is no source {word!r}")
        if source.named and not isinstance(argument, str):
            raise Absent(f"{word} is followed by a name")
        self.stands = stands
        if self._with_places:
            self.places[self._path] = placed(stands)
        return source.resolve(self, argument)

    def part(self, name: str, find: Callable[..., Found], *arguments: Any) -> Found:
        """What `find` gives for these arguments; whatever it decides is the part of the value under this name."""
        if not self._with_places:
            return find(*arguments)
        outside = self._path
        self._path = (*outside, name)
        try:
            return find(*arguments)
        finally:
            self._path = outside

    def spread(self, name: str, first: int) -> None:
        """The part of this name is a list, whose items are the items of the value from `first` on."""
        inside = (*self._path, name)
        for path in [path for path in self.places if path[: len(inside)] == inside]:
            number, *deeper = path[len(inside) :] or ("1",)
            self.places[*self._path, str(first + int(number) - 1), *deeper] = self.places.pop(path)

    def rests_on(self, table: Table) -> None:
        """The value could not be found without what `table` holds."""
        self.inputs |= table.layers()

    def decided(self, place: Callable[[], Place], *part: str) -> None:
        """The value, or the named part of it, is what stands there."""
        if self._with_places:
            self.places[*self._path, *part] = place()

    def id_of(self, audience: Audience) -> IdOf:
        """The id of an audience; decided where it is recorded, and while it is to come where the audience stands."""
        self.rests_on(audience.source)
        self.decided(lambda: recorded_at(self.declaration, audience.resource) or audience.place)
        return IdOf(self._recorded(audience))

    def of_framework(self, name: str, value: Any) -> Any:
        """A value that follows from the framework of this name; as it is where that has no audiences."""
        framework = self.declaration.frameworks.get(name)
        audiences = tuple(map(self._recorded, framework.audiences.values())) if framework else ()
        return OfFramework(value, audiences) if audiences else value

    def _recorded(self, audience: Audience) -> str:
        """The name under which an id is recorded, or will be, in a file on which the value rests."""
        name = str(audience.resource)
        self.inputs.add(f"recorded/{self.declaration.scopes_of_ids.get(name, audience.scope)}.yaml")
        return name


def uses(sources: Mapping[str, Source], setting: Setting, stage: str | None = None) -> Iterator[Use]:
    """Every use of a source in a setting, at any stage or at one; of a source that holds others, these."""
    return _uses(sources, Inner((), setting.value, setting.place), stage)


def every_inner(sources: Mapping[str, Source], setting: Setting) -> Iterator[Inner]:
    """The source of a setting, and every source inside it, the outer before the inner."""
    return _every_inner(sources, Inner((), setting.value, setting.place))


def _every_inner(sources: Mapping[str, Source], outer: Inner) -> Iterator[Inner]:
    yield outer
    if not isinstance(outer.written, Table):
        return
    for inner in _inside(sources, *_read(outer.written, outer.stands)) or ():
        yield from _every_inner(sources, inner._replace(path=(*outer.path, *inner.path)))


def _uses(sources: Mapping[str, Source], outer: Inner, stage: str | None) -> Iterator[Use]:
    word, argument, stands = _read(outer.written, outer.stands)
    # A text is never one that holds others, and most settings are texts.
    inside = _inside(sources, word, argument, stands) if isinstance(outer.written, Table) else None
    if inside is None:
        if word or argument is not None:
            yield Use(word, argument, stands, outer.path)
        return
    named = {inner.stage for inner in inside}
    chosen = stage if stage in named else OTHERWISE
    for inner in inside:
        if stage is None or inner.stage in ("", chosen):
            for use in _uses(sources, inner._replace(path=(*outer.path, *inner.path)), stage):
                yield use._replace(as_json_text=True) if word == JSON_TEXT else use


def _inside(sources: Mapping[str, Source], word: str, argument: Any, stands: Stands) -> list[Inner] | None:
    """The sources inside one that holds others; None for any other."""
    source = sources.get(word)
    return list(source.inner(argument, stands)) if source and source.inner else None


def _read(written: Any, outside: Stands) -> tuple[str, Any, Stands]:
    """The word of a source, what follows it, and where it stands; neither word nor anything for what is no source."""
    if isinstance(written, str):
        word, _, name = written.partition(" ")
        return word, name.strip(), outside
    if isinstance(written, Table) and len(written) == 1:
        for word, argument in written.items():
            return word, argument, (written, word)
    return "", None, outside


def placed(stands: Stands) -> Place:
    """The place itself."""
    if isinstance(stands, Place):
        return stands
    table, name = stands
    return table.places[name]
