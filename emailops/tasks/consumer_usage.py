"""`scan usage --update`: writes what a consumer's code reads into its declaration."""

from __future__ import annotations

from collections.abc import Collection

from emailops.declaration.build import declare
from emailops.declaration.model import Consumer
from emailops.errors import InvalidInput
from emailops.run import Run
from emailops.store import files
from emailops.store.edits import put
from emailops.store.state import load
from emailops.store.tree import ROOT, Tree, read_directory


def consumer_usage(
    run: Run, consumer: Consumer, templates: Collection[str], unredirected: Collection[str]
) -> list[str]:
    """Declare these templates as read, the others as kept, and these as sent without redirects; the fields written."""
    tree = read_directory(run.state)
    path = consumer.source.place.path
    names = {ROOT: ("consumers", consumer.name), "consumers.yaml": (consumer.name,)}.get(path, ())
    before = [*consumer.templates, *consumer.keeps]
    read = [name for name in before if name in templates]
    read += sorted(set(templates) - set(before) - set(consumer.literals))
    own = (*read, *consumer.literals)
    handed_over = [name for name in consumer.unredirected if name not in own]
    wanted = {"templates": read, "keeps": [name for name in before if name not in templates]}
    if sent := [*(name for name in own if name in unredirected), *handed_over]:
        wanted["unredirected"] = sent
    changed = {name: value for name, value in wanted.items() if value != list(consumer.source.items_at(name).texts())}
    text = tree.files[path].decode("utf-8-sig")
    for name, value in changed.items():
        text = put(text, (*names, name), value)
    after = declare(load(Tree({**tree.files, path: text.encode()}))).consumers.get(consumer.name)
    if after is None or any(list(after.source.items_at(name).texts()) != value for name, value in wanted.items()):
        message = f"{path} is written so that what {consumer.name} reads cannot be put in"
        raise InvalidInput(message, "write templates, keeps and unredirected there, and run it again")
    if changed:
        files.write(run.state / path, text)
    return list(changed)
