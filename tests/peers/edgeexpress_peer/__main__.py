"""`python -m tests.peers.edgeexpress_peer --port 0 --xwebid 800000001 --terminal 80022 --auth-key secret`"""

from tests.peers.edgeexpress_peer.peer import EdgeExpressPeer
from tests.peers.toolkit.server import parser, serve

if __name__ == "__main__":
    options = parser(
        "edgeexpress_peer", xwebid="e.g. 800000001", terminal="e.g. 80022", auth_key="the key of both"
    ).parse_args()
    serve(options.port, EdgeExpressPeer(options.xwebid, options.terminal, options.auth_key))
