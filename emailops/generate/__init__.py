"""From the declaration to the files that apps and scripts read. A new format is one file here and one line below."""

from __future__ import annotations

from collections.abc import Collection, Mapping

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
from emailops.generate.file_values import values_of
from emailops.generate.format import Chooser, Format, Generated, Header
from emailops.generate.header import MARKS, edited, is_marked, is_packaged

__all__ = ["FORMATS", "MARKS", "Generated", "changed_settings", "edited", "generate", "is_marked", "is_packaged"]

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
    return difference(old, file.content or "", FORMATS[file.format])


def generate(
    declaration: Declaration, ids: Mapping[str, str], consumers: Collection[str] | None = None
) -> list[Generated]:
    """The files of these consumers, or of all, as declared. Raises InvalidInput for what no file may or can hold."""
    files = [
        _generated(declaration, ids, consumer, file, path)
        for consumer in declaration.consumers.values()
        if consumers is None or consumer.name in consumers
        for file in consumer.files
        for path in file.paths
    ]
    files += [
        _chooser(consumer, file)
        for consumer in declaration.consumers.values()
        if consumers is None or consumer.name in consumers
        for file in consumer.files
        if file.chosen_by
    ]
    _refuse_two_at_one_path(files)
    return files


def _generated(
    declaration: Declaration, ids: Mapping[str, str], consumer: Consumer, file: GeneratedFile, path: str
) -> Generated:
    stages = file.paths[path]
    held = values_of(declaration, consumer, file, stages, ids)
    content = None
    if held.complete:
        if file.format not in FORMATS:
            raise InvalidInput(f"there is no format {file.format!r}", f"write one of {', '.join(FORMATS)}")
        inputs = held.inputs | consumer.source.layers()
        app = file.app or consumer.name.replace("_", "-")
        header = Header(consumer.source.place.path, tuple(sorted(inputs)), app, packaged=file.packaged)
        content = FORMATS[file.format].shaped(file.shape).write(header, held.values)
    stage = stages[0] if file.is_staged and len(stages) == 1 else None
    return Generated(consumer.name, path, stage, file.format, content, tuple(sorted(held.pending)))


def _chooser(consumer: Consumer, file: GeneratedFile) -> Generated:
    """The file beside those of the stages that finds the right one."""
    chooser = FORMATS[file.format].chooser if file.format in FORMATS else None
    if chooser is None:
        raise InvalidInput(f"no file of the format {file.format!r} is chosen by a variable", "remove chosen_by")
    name, write = chooser
    header = Header(consumer.source.place.path, tuple(sorted(consumer.source.layers())), "", packaged=file.packaged)
    names = tuple(path.rpartition("/")[2].partition(".")[0] for path in file.paths)
    folder, slash, _ = file.path.rpartition("/")
    content = write(header, Chooser(file.chosen_by, names))
    return Generated(consumer.name, f"{folder}{slash}{name}", None, file.format, content, ())


def _refuse_two_at_one_path(files: list[Generated]) -> None:
    taken: set[tuple[str, str]] = set()
    for file in files:
        if (file.consumer, file.path) in taken:
            raise InvalidInput(f"{file.consumer} gets two files at {file.path}", "give each a path of its own")
        taken.add((file.consumer, file.path))
