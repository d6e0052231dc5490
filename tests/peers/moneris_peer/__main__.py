"""`python -m tests.peers.moneris_peer --port 0 --store-id store1 --api-token yesguy --checkout-id chkt1`"""

from tests.peers.moneris_peer.peer import MonerisPeer
from tests.peers.toolkit.server import parser, serve

if __name__ == "__main__":
    options = parser(
        "moneris_peer", store_id="e.g. store1", api_token="e.g. yesguy", checkout_id="the checkout's configuration"
    ).parse_args()
    serve(options.port, MonerisPeer(options.store_id, options.api_token, options.checkout_id))
