"""What a leaving person is responsible for, kind by kind: counted, and given to a colleague."""

from __future__ import annotations

from functools import partial

from modules.crm.domain.bulk import count_owned, hand_over
from modules.crm.domain.kinds import COMPANY, CONTACT, DEAL, LEAD

count_leads, transfer_leads = partial(count_owned, LEAD), partial(hand_over, LEAD)
count_contacts, transfer_contacts = partial(count_owned, CONTACT), partial(hand_over, CONTACT)
count_companies, transfer_companies = partial(count_owned, COMPANY), partial(hand_over, COMPANY)
count_deals, transfer_deals = partial(count_owned, DEAL), partial(hand_over, DEAL)
