"""Language models as configured, and every request that was made to one."""

from django.conf import settings
from django.db import models

from agents.models.entity import Entity
from agents.models.owned import Owned


class Provider(models.Model):
    """A language model that a person set up in the settings. The active one wins over the environment."""

    class Kind(models.TextChoices):
        OPENAI = "openai", "OpenAI or compatible"
        ANTHROPIC = "anthropic", "Anthropic"
        GOOGLE = "google", "Google"
        OLLAMA = "ollama", "Ollama"
        OFFLINE = "offline", "Offline responder"

    kind = models.CharField(max_length=12, choices=Kind.choices)
    model = models.CharField(max_length=120, blank=True)
    base_url = models.URLField(max_length=300, blank=True)
    key_encrypted = models.BinaryField(blank=True, default=bytes, editable=False)
    active = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["active"], condition=models.Q(active=True), name="one_active_provider")
        ]

    def __str__(self) -> str:
        return f"{self.kind}:{self.model}"


class ModelCall(Owned):
    """One request to a model: what was asked, what came back, what it took. Prompt and answer are zstd-compressed."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    entity = models.ForeignKey(Entity, null=True, on_delete=models.SET_NULL, related_name="model_calls")
    run = models.UUIDField(null=True, db_index=True)
    action = models.CharField(max_length=40, blank=True)
    purpose = models.CharField(max_length=20)
    model = models.CharField(max_length=140)
    prompt = models.BinaryField()
    answer = models.BinaryField()
    input_tokens = models.PositiveIntegerField(default=0)
    output_tokens = models.PositiveIntegerField(default=0)
    is_estimated = models.BooleanField(default=False, help_text="The server told no tokens; they are guessed.")
    cost = models.DecimalField(
        null=True, max_digits=14, decimal_places=8, help_text="USD; empty where the model’s price is not known."
    )
    started_at = models.DateTimeField()
    first_ms = models.FloatField(null=True, help_text="Milliseconds to the first piece of the answer.")
    total_ms = models.FloatField(default=0, help_text="Milliseconds to its end.")
    attempts = models.PositiveSmallIntegerField(default=1)
    error = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-started_at"]
        # All that the sums of a person's last day need, without touching the rows, which are large.
        indexes = [
            models.Index(
                fields=["owner", "started_at", "entity", "input_tokens", "output_tokens", "cost"],
                name="model_call_usage",
            )
        ]

    def __str__(self) -> str:
        return f"{self.purpose} by {self.model}"
