"""What is asked about impact: a small typed specification."""

from typing import Final, Literal

from msgspec import Struct, field

from insights.asker import QuestionError
from insights.funnels.spec import Step
from insights.sentences import say
from insights.times import duration_ms

Model = Literal[
    "first", "last", "linear", "position", "time_decay", "markov", "shapley"
]
MODELS: Final[tuple[Model, ...]] = (
    "first", "last", "linear", "position", "time_decay", "markov", "shapley"
)  # fmt: skip

DEFINITIONS: Final[dict[Model, str]] = {
    "first": "All of a conversion goes to the first contact before it.",
    "last": "All of a conversion goes to the last contact before it.",
    "linear": "A conversion is shared equally by the contacts before it.",
    "position": "40 % to the first contact, 40 % to the last, 20 % to those between, "
    "equally; of two contacts each has half.",
    "time_decay": "A contact weighs half as much as one that came a half-life later.",
    "markov": "Removal effect: by which share fewer paths would convert, if a name led to "
    "nothing; in an absorbing chain of all paths, those to nothing included.",
    "shapley": "Shapley value of the game in which a set of names is worth the conversions "
    "whose contacts all lie in it: each is shared equally by its different names.",
}

MAX_NAMES: Final = 50
MAX_ORDER: Final = 3
MAX_REPLICATES: Final = 1_000
MAX_MINIMUM: Final = 1_000_000

CONTACTS: Final = Step(
    name="marketing and contacts",
    any_of=(
        "ad_clicked",
        "promotion_clicked",
        "social_post_engaged",
        "mailing_delivered",
        "email_opened",
        "email_link_clicked",
        "push_opened",
        "sms_sent",
        "message_opened",
        "message_clicked",
        "qr_code_scanned",
        "referral_converted",
        "store_visit_started",
        "product_tried",
        "demo_attended",
        "assistance_given",
        "support_contacted",
        "call_started",
    ),
)
"""The contacts that share the credit, where nothing else is said."""


class ImpactError(QuestionError):
    """A question about impact that makes no sense."""


class ImpactQuestion(
    Struct, forbid_unknown_fields=True, omit_defaults=True, frozen=True
):
    """Which sales, which contacts, which models.

    Attributes:
        conversion: the touchpoint that is explained; its `value_minor` is shared out.
        touches: the contacts that can have a part in it: any of these kinds.
        by: what gets the credit: channel, campaign or type of the contacts.
        lookback: how long before the conversion a contact counts, inclusive.
        half_life: of the weight in `time_decay`.
        order: how many contacts the Markov chain remembers, 1 to 3.
        net: refunds are taken off, cancelled orders are none.
        models: which ones to compute.
        names: the most frequent names are told apart; the others are `(other)`.
        minimum: conversions that a name must have had a part in, for a share to be told.
        replicates: of the bootstrap; 0 for no intervals.
        seed: of the bootstrap.
    """

    # Made anew: who describes the struct as a schema hashes plain defaults.
    conversion: Step = field(default_factory=lambda: Step(type="order_completed"))
    touches: tuple[Step, ...] = field(default_factory=lambda: (CONTACTS,))
    by: Literal["channel", "campaign", "type"] = "channel"
    lookback: str = "30d"
    half_life: str = "7d"
    order: int = 1
    net: bool = False
    models: tuple[Model, ...] = MODELS
    names: int = 20
    minimum: int = 30
    replicates: int = 200
    seed: int = 1

    @property
    def lookback_ms(self) -> int:
        """The look-back window in milliseconds; raises TimeError."""
        return duration_ms(self.lookback)

    @property
    def half_life_ms(self) -> int:
        """The half-life in milliseconds; raises TimeError."""
        return duration_ms(self.half_life)

    def check(self) -> None:
        """Raise ImpactError where the question makes no sense, saying why."""
        for name, least, most in (
            ("order", 1, MAX_ORDER),
            ("names", 1, MAX_NAMES),
            ("minimum", 0, MAX_MINIMUM),
            ("replicates", 0, MAX_REPLICATES),
            ("seed", 0, 2**63),
        ):
            if not least <= getattr(self, name) <= most:
                raise ImpactError(say("bounds", name=name, least=least, most=most))
        if not self.touches:
            raise ImpactError(say("impact_touches"))
        if unknown := set(self.models) - set(MODELS):
            named, known = ", ".join(sorted(unknown)), ", ".join(MODELS)
            raise ImpactError(say("impact_models", unknown=named, known=known))
        if not self.half_life_ms:
            raise ImpactError(say("some_time", name="half_life"))
