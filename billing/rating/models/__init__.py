"""Tables of rating, all in the public schema."""

from billing.rating.models.bundle import Bundle, BundleUse
from billing.rating.models.call import Call, CallEvent
from billing.rating.models.comparison import RecordComparison
from billing.rating.models.correction import Correction, Rerating
from billing.rating.models.deck import Deck, DeckRate
from billing.rating.models.device import Did, ProvenNumber, SipUser
from billing.rating.models.guard import Alert, CallAccount, CountryCalled, Refusal
from billing.rating.models.price import Markup, OwnRate

__all__ = [
    "Alert",
    "Bundle",
    "BundleUse",
    "Call",
    "CallAccount",
    "CallEvent",
    "Correction",
    "CountryCalled",
    "Deck",
    "DeckRate",
    "Did",
    "Markup",
    "OwnRate",
    "ProvenNumber",
    "RecordComparison",
    "Refusal",
    "Rerating",
    "SipUser",
]
