"""`make screens`: every page of a running house in a real browser, and what was wrong with any of them."""
