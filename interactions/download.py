"""A conversation's log as a file to download, sent while it is read."""

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.utils.text import slugify

from interactions import export
from interactions.models import Conversation


def events_file(request: HttpRequest, conversation: Conversation, after: int = 0) -> StreamingHttpResponse:
    """Return the events after number `after`, up to the last one there is now, as a file of JSON Lines."""
    # Django gathers a plain iterator whole before it answers under ASGI, and an asynchronous one elsewhere.
    read = export.windows_async if isinstance(request, ASGIRequest) else export.windows
    response = StreamingHttpResponse(
        read(conversation.pk, after=after, until=conversation.last_seq), content_type="application/jsonl; charset=utf-8"
    )
    name = slugify(str(conversation))[:60] or "conversation"
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=f"{name}.jsonl") or ""
    return response
