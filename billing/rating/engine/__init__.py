"""The rating engine: what a call costs, exactly. Pure Python, no database, no framework.

deck = read_deck(lines, defaults)                  # files.py: a price list with a tariff for each prefix
rate = deck.find("74951234567")                    # deck.py: the longest prefix wins
charge = rate_call(rate.tariff, answered, 83)      # rating.py: parts, exact cost, one rounding
longest(rate.tariff, answered, grant, cap=14400)   # grant.py: the seconds that a sum pays for
"""
