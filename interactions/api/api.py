"""API v1, assembled: who may ask, how bodies are read, how errors are told, and which routes there are."""

from interactions.api import conversations, entities, errors, tellings, timers, versions
from interactions.api.auth import person
from interactions.api.openapi import DESCRIPTION, DocumentedAPI
from interactions.api.parsing import StrictJson

api = DocumentedAPI(
    title="MemOS API",
    version="1",
    description=DESCRIPTION,
    urls_namespace="api",
    auth=person,
    parser=StrictJson(),
    openapi_url="",  # the document and its page are views of ours: interactions.api.reference
)
errors.install(api)
api.add_router("", conversations.router)
api.add_router("", entities.router)
api.add_router("", versions.router)
api.add_router("", timers.router)
api.add_router("", tellings.router)
