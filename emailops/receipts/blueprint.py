"""The receiver in a Flask app that exists (https://flask.palletsprojects.com/en/stable/blueprints/)."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, abort, request
from werkzeug.routing import RequestRedirect

from emailops.receipts.receiver import HEALTH, LARGEST, NOTIFY, READY, Receiver


def blueprint(receiver: Receiver) -> Blueprint:
    """`/callbacks/notify` for Notify, `/callbacks` and `/callbacks/ready` as health checks; below a prefix, if any."""
    views = Blueprint("emailops-receipts", __name__)
    begins: list[str] = []

    def view_of(path: str) -> Callable[[], Response]:
        def view() -> Response:
            # One byte more than is taken, so that the receiver sees that it is too much.
            body = request.stream.read(LARGEST + 1)
            answer = receiver.answer(request.method, path, request.headers.get("Authorization", ""), body)
            return Response(answer.body, answer.status, dict(answer.headers))

        return view

    def refuse_redirect() -> None:
        """Flask would send on what has a slash too many, such as /callbacks//notify."""
        if isinstance(request.routing_exception, RequestRedirect) and request.path.startswith(tuple(begins)):
            abort(404)

    views.before_app_request(refuse_redirect)
    views.record(lambda mounted: begins.append(f"{mounted.url_prefix or ''}{HEALTH[0]}"))
    # Without slashes of Flask's own making: it would answer with a redirect.
    for path in (*HEALTH, READY, NOTIFY):
        views.add_url_rule(path, path.replace("/", "-"), view_of(path), methods=["GET", "POST"])
    return views
