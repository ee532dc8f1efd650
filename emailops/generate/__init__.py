"""From the declaration to the files that apps and scripts read. A new format is one file here and one line below."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from emailops.declaration.model import Consumer, Declaration, GeneratedFile
from emailops.errors import InvalidInput
from emailops.generate import (
    dotenv,
    flask_classes,
    jenkins_vars,
    json_object,
    paas_vars,
    properties,
    python_module,
    shell,
    tfvars,
    typescript,
    yaml_block,
)
from emailops.generate.difference import difference
from emailops.generate.file_values import FileValues, values_of
from emailops.generate.format import Chooser, Format, Generated, Header, Insertion, merged
from emailops.generate.header import MARKS, edited, is_marked, is_packaged
from emailops.generate.insertion import note, note_path, together
from emailops.generate.mail import SENDERS, content_of, inputs_of

__all__ = [
    "FORMATS",
    "MARKS",
    "SENDERS",
    "Generated",
    "changed_settings",
    "edited",
    "generate",
    "is_marked",
    "is_packaged",
]

FORMATS: dict[str, Format] = {
    "flask": flask_classes.FORMAT,
    "python": python_module.FORMAT,
    "json": json_object.FORMAT,
    "dotenv": dotenv.FORMAT,
    "paas-vars": paas_vars.FORMAT,
    "shell": shell.FORMAT,
    "jenkins-vars": jenkins_vars.FORMAT,
    "yaml": yaml_block.FORMAT,
    "tfvars": tfvars.FORMAT,
    "typescript": typescript.FORMAT,
    "properties": properties.FORMAT,
}


def changed_settings(old: str, file: Generated) -> str:
    """In which settings a file of its format differs from what it now holds, in a few words."""
    read = SENDERS[file.format].read if file.format in SENDERS else FORMATS[file.format].read
    return difference(old, file.content or "", read)


def generate(
    declaration: Declaration, ids: Mapping[str, str], consumers: Collection[str] | None = None
) -> list[Generated]:
    """The files of these consumers, or of all, as declared. Raises InvalidInput for what no file may or can hold."""
    files = [
        generated
        for consumer in declaration.consumers.values()
        if consumers is None or consumer.name in consumers
        for generated in _of_consumer(declaration, ids, consumer)
    ]
    files += [
        _chooser(consumer, file, files)
        for consumer in declaration.consumers.values()
        if consumers is None or consumer.name in consumers
        for file in consumer.files
        if file.chosen_by
    ]
    _refuse_two_at_one_path(files)
    return files


def _of_consumer(declaration: Declaration, ids: Mapping[str, str], consumer: Consumer) -> Iterator[Generated]:
    inserted: dict[str, list[GeneratedFile]] = {}
    for file in consumer.files:
        for path in file.paths:
            if file.at is None:
                yield _generated(declaration, ids, consumer, file, path)
            else:
                inserted.setdefault(path, []).append(file)
    for path, files in inserted.items():
        yield from _inserted(declaration, ids, consumer, files, path)


def _generated(
    declaration: Declaration, ids: Mapping[str, str], consumer: Consumer, file: GeneratedFile, path: str
) -> Generated:
    if file.format in SENDERS:
        return _sending(declaration, consumer, file, path)
    held = values_of(declaration, consumer, file, file.paths[path], ids)
    content = None
    if held.complete:
        if file.format not in FORMATS:
            raise InvalidInput(f"there is no format {file.format!r}", f"write one of {', '.join([*FORMATS, *SENDERS])}")
        app = file.app or consumer.name.replace("_", "-")
        header = _header(consumer, held, app, packaged=file.packaged)
        content = FORMATS[file.format].shaped(file.shape).write(header, held.values)
    return Generated(consumer.name, path, _stage(file, path), file.format, content, tuple(sorted(held.pending)))


def _sending(declaration: Declaration, consumer: Consumer, file: GeneratedFile, path: str) -> Generated:
    held = FileValues(inputs=inputs_of(declaration, consumer, file))
    header = _header(consumer, held, consumer.name, packaged=file.packaged)
    content = content_of(header, declaration, consumer, file)
    return Generated(consumer.name, path, _stage(file, path), file.format, content, ())


def _inserted(
    declaration: Declaration, ids: Mapping[str, str], consumer: Consumer, files: Sequence[GeneratedFile], path: str
) -> Iterator[Generated]:
    """What goes into one file that people own, and the note of it; both or none wait for an id."""
    whole = FileValues()
    insertions = []
    for file in files:
        held = values_of(declaration, consumer, file, file.paths[path], ids)
        whole.add(held)
        insertions.append(Insertion(file.at or (), merged(held.values)))
    form = files[0].format
    if len({file.format for file in files}) > 1:
        raise InvalidInput(f"{path} of {consumer.name} has two formats", "name one format for it")
    of_path = (consumer.name, path, _stage(files[0], path), form)
    pending = tuple(sorted(whole.pending))
    placed = together(path, insertions)
    yield Generated(*of_path, "" if whole.complete else None, pending, placed)
    header = _header(consumer, whole, consumer.name, packaged=False)
    content = note(header, path, form, placed) if whole.complete else None
    beside = (consumer.name, note_path(consumer.name, path), of_path[2], "json")
    yield Generated(*beside, content, pending, into=path)


def _header(consumer: Consumer, held: FileValues, app: str, *, packaged: bool) -> Header:
    inputs = held.inputs | consumer.source.layers()
    return Header(consumer.source.place.path, tuple(sorted(inputs)), app, packaged=packaged)


def _stage(file: GeneratedFile, path: str) -> str | None:
    """The one stage that reads what stands at a path."""
    stages = file.paths[path]
    return stages[0] if file.is_staged and len(stages) == 1 else None


def _chooser(consumer: Consumer, file: GeneratedFile, files: Sequence[Generated]) -> Generated:
    """The file beside those of the stages that finds the right one, and waits for the ids that they wait for."""
    chosen = [other for other in files if other.consumer == consumer.name and other.path in file.paths]
    pending = tuple(sorted({resource for other in chosen for resource in other.pending}))
    chooser = FORMATS[file.format].chooser if file.format in FORMATS else None
    if chooser is None:
        raise InvalidInput(f"no file of the format {file.format!r} is chosen by a variable", "remove chosen_by")
    name, write = chooser
    header = Header(consumer.source.place.path, tuple(sorted(consumer.source.layers())), "", packaged=file.packaged)
    names = tuple(path.rpartition("/")[2].partition(".")[0] for path in file.paths)
    folder, slash, _ = file.path.rpartition("/")
    is_whole = all(other.content is not None for other in chosen)
    content = write(header, Chooser(file.chosen_by, names)) if is_whole else None
    return Generated(consumer.name, f"{folder}{slash}{name}", None, file.format, content, pending)


def _refuse_two_at_one_path(files: list[Generated]) -> None:
    taken: set[tuple[str, str]] = set()
    for file in files:
        if (file.consumer, file.path) in taken:
            raise InvalidInput(f"{file.consumer} gets two files at {file.path}", "give each a path of its own")
        taken.add((file.consumer, file.path))
