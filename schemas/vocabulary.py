"""The closed vocabularies: channels, touchpoint types, identifier namespaces, phases."""

import re
from dataclasses import dataclass
from typing import Final

CHANNELS: Final = (
    "web",
    "app",
    "email",
    "sms",
    "push",
    "ads",
    "social",
    "store",
    "pos",
    "kiosk",
    "phone",
    "chat",
    "mail",
    "print",
    "event",
    "carrier",
    "partner",
    "system",
)
"""Where the person was.

`mail` is paper mail, `carrier` the delivery, `system` control events."""

DIRECTIONS: Final = ("in", "out")
"""`in`: the customer acts; `out`: the retailer acts (and nothing is kept alive by it)."""

NAMESPACES: Final = (
    "customer_id",
    "loyalty_id",
    "email_hash",
    "phone_hash",
    "device_id",
    "anonymous_id",
)
"""Identifier namespaces, the strongest first: the strongest of an event names its person."""

PHASES: Final = ("awareness", "acquisition", "onboarding", "engagement", "advocacy")
"""The five phases of the default journey model, in order."""

DEVICE_CLASSES: Final = ("desktop", "mobile", "tablet", "tv", "kiosk", "bot", "unknown")


@dataclass(frozen=True, slots=True)
class TouchpointType:
    """What the vocabulary says of one touchpoint type.

    Attributes:
        name: canonical snake_case name, object first, past tense.
        channel: channel assumed when the event names none.
        direction: `in` or `out`; outgoing touchpoints are passive.
        aliases: names of the same thing in GA4, Segment or XDM, normalised
            by `alias_key`.
        control: tells Parcours something (identity, consent, facts) and is
            neither a session nor a step of the journey.
    """

    name: str
    channel: str
    direction: str = "in"
    aliases: tuple[str, ...] = ()
    control: bool = False


def _t(name: str, channel: str, direction: str = "in", *aliases: str) -> TouchpointType:
    return TouchpointType(name, channel, direction, tuple(map(alias_key, aliases)))


def alias_key(name: str) -> str:
    """Fold a foreign event name: `Order Completed`, `order-completed` → `order_completed`."""
    return re.sub(r"[\s\-]+", "_", name.strip()).lower()


_TYPES: Final = (
    _t("ad_impression", "ads", "out", "advertising.impressions"),
    _t("ad_clicked", "ads", "in", "advertising.clicks"),
    _t("promotion_viewed", "web", "out", "view_promotion"),
    _t("promotion_clicked", "web", "in", "select_promotion"),
    _t("social_post_engaged", "social"),
    _t("social_mention", "social"),
    _t("mailing_delivered", "mail", "out"),
    _t("email_sent", "email", "out"),
    _t("email_delivered", "email", "out", "message.feedback"),
    _t("email_opened", "email", "in", "message.tracking"),
    _t("email_link_clicked", "email"),
    _t("email_bounced", "email", "out"),
    _t("email_marked_as_spam", "email"),
    _t("unsubscribed", "email"),
    _t("push_sent", "push", "out", "push_notification_received"),
    _t("push_opened", "push", "in", "push_notification_tapped"),
    _t("sms_sent", "sms", "out"),
    _t("qr_code_scanned", "print"),
    _t("page_viewed", "web", "in", "page", "page_view", "web.webpagedetails.pageviews"),
    _t("screen_viewed", "app", "in", "screen", "screen_view"),
    _t("store_locator_searched", "web"),
    _t("products_searched", "web", "in", "search", "view_search_results"),
    _t("product_list_viewed", "web", "in", "view_item_list"),
    _t("product_list_filtered", "web"),
    _t("product_clicked", "web", "in", "select_item"),
    _t("product_viewed", "web", "in", "view_item", "commerce.productviews"),
    _t("product_out_of_stock_seen", "web"),
    _t(
        "wishlist_product_added",
        "web",
        "in",
        "product_added_to_wishlist",
        "add_to_wishlist",
        "commerce.saveforlaters",
    ),
    _t("wishlist_product_removed", "web", "in", "product_removed_from_wishlist"),
    _t("wishlist_product_added_to_cart", "web"),
    _t(
        "cart_product_added",
        "web",
        "in",
        "product_added",
        "add_to_cart",
        "commerce.productlistadds",
    ),
    _t(
        "cart_product_removed",
        "web",
        "in",
        "product_removed",
        "remove_from_cart",
        "commerce.productlistremovals",
    ),
    _t("cart_viewed", "web", "in", "view_cart", "commerce.productlistviews"),
    _t("cart_shared", "web"),
    _t("coupon_entered", "web"),
    _t("coupon_applied", "web"),
    _t("coupon_denied", "web"),
    _t("coupon_removed", "web"),
    _t("coupon_redeemed", "pos"),
    _t("checkout_started", "web", "in", "begin_checkout", "commerce.checkouts"),
    _t("checkout_step_viewed", "web"),
    _t("checkout_step_completed", "web", "in", "add_shipping_info"),
    _t("payment_info_entered", "web", "in", "add_payment_info"),
    _t("payment_failed", "web"),
    _t("order_completed", "web", "in", "purchase", "commerce.purchases"),
    _t("cart_abandoned", "system", "out"),
    _t("cart_reopened", "web", "in", "commerce.productlistreopens"),
    _t("store_visit_started", "store"),
    _t("store_visit_ended", "store"),
    _t("product_tried", "store"),
    _t("demo_attended", "store"),
    _t("assistance_given", "store", "out"),
    _t("account_created", "web", "in", "signed_up", "sign_up"),
    _t("signed_in", "web", "in", "login"),
    _t("signed_out", "web", "in", "logout"),
    _t("loyalty_enrolled", "store", "in", "loyalty_card_added"),
    _t(
        "loyalty_points_changed",
        "pos",
        "in",
        "earn_virtual_currency",
        "spend_virtual_currency",
    ),
    _t("order_shipped", "carrier", "out"),
    _t("order_delivered", "carrier", "out"),
    _t("order_picked_up", "store"),
    _t("onboarding_content_viewed", "web"),
    _t("order_updated", "web", "out"),
    _t("order_cancelled", "web"),
    _t("product_returned", "store"),
    _t("order_refunded", "web", "out", "refund"),
    _t("support_contacted", "phone"),
    _t("call_started", "phone"),
    _t("call_ended", "phone"),
    _t("survey_sent", "email", "out"),
    _t("survey_answered", "web"),
    _t("product_reviewed", "web"),
    _t("product_shared", "web", "in", "share"),
    _t("referral_sent", "web"),
    _t("referral_converted", "web"),
    _t("message_sent", "email", "out"),
    _t("message_opened", "email"),
    _t("message_clicked", "email"),
)

_CONTROL: Final = (
    "identity_linked",
    "identity_unlinked",
    "consent_updated",
    "erasure_requested",
    "customer_updated",
    "message_triggered",
)

IDENTITY_TYPES: Final = frozenset(("identity_linked", "identity_unlinked"))
"""Control events that say which identifiers are, and are not, one person's."""

TYPES: Final[dict[str, TouchpointType]] = {t.name: t for t in _TYPES} | {
    name: TouchpointType(name, "system", control=True) for name in _CONTROL
}
"""Every registered touchpoint type by canonical name."""

ALIASES: Final[dict[str, str]] = {
    alias: t.name for t in TYPES.values() for alias in t.aliases
}
"""Foreign name (folded by `alias_key`) → canonical name."""

CUSTOM_PREFIX: Final = "custom_"
"""A type of a retailer's own, accepted without registration: `custom_fitting_booked`."""


def canonical_type(name: str) -> str | None:
    """The canonical touchpoint type for a name as a source sends it.

    Args:
        name: the source's name, in any of the accepted spellings.

    Returns:
        The canonical name, or None where the vocabulary does not know it.
    """
    if name in TYPES:
        return name
    folded = alias_key(name)
    if folded in TYPES or folded.startswith(CUSTOM_PREFIX):
        return folded
    return ALIASES.get(folded)
