"""Traces and metrics by OpenTelemetry's conventions for generative AI, sent to the collector that the environment
names. Without one, nothing of OpenTelemetry is imported, and nobody watches."""

import sys

from memos_site.env import env


def start(role: str) -> None:
    """Send what this process does from now on. `role` is web or worker."""
    if env.otel_endpoint:
        from memos_site.telemetry.export import begin

        begin(role, env)


def stop() -> None:
    """Send what is left, within two seconds, and nothing more."""
    export = sys.modules.get("memos_site.telemetry.export")
    if export is not None:
        export.end()
