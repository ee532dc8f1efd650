"""The receiver in a Flask app that exists (https://flask.palletsprojects.com/en/stable/blueprints/)."""

from __future__ import annotations

from flask import Blueprint, Response, abort, request
from werkzeug.routing import RequestRedirect

from emailops.receipts.receiver import HEALTH, LARGEST, NOTIFY, Receiver


def blueprint(receiver: Receiver) -> Blueprint:
    """Two addresses: `/callbacks/notify` for Notify, and `/callbacks` as a health check."""
    views = Blueprint("emailops-receipts", __name__)

    def view() -> Response:
        # One byte more than is taken, so that the receiver sees that it is too much.
        body = request.stream.read(LARGEST + 1)
        answer = receiver.answer(request.method, request.path, request.headers.get("Authorization", ""), body)
        return Response(answer.body, answer.status, dict(answer.headers))

    def refuse_redirect() -> None:
        """Flask would send on what has a slash too many, such as /callbacks//notify."""
        if isinstance(request.routing_exception, RequestRedirect) and request.path.startswith(HEALTH[0]):
            abort(404)

    views.before_app_request(refuse_redirect)
    # Without slashes of Flask's own making: it would answer with a redirect.
    for path in (*HEALTH, NOTIFY):
        views.add_url_rule(path, path.replace("/", "-"), view, methods=["GET", "POST"])
    return views
