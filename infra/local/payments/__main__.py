"""`python -m infra.local.payments --http 4242 --file .local/payments/state.json --webhooks http://…/stripe/webhook`."""

import argparse
import signal
from pathlib import Path

from infra.local.payments.server import StandIn


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--http", type=int, required=True)
    parser.add_argument("--file", type=Path, required=True)
    parser.add_argument("--webhooks", default="")
    parser.add_argument("--host", default="")
    options = parser.parse_args()
    options.file.parent.mkdir(parents=True, exist_ok=True)
    with StandIn(port=options.http, path=options.file, webhook_url=options.webhooks, host=options.host, tick=True):
        signal.sigwait({signal.SIGTERM, signal.SIGINT})


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})  # before any thread starts
    main()
