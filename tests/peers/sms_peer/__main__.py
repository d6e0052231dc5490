"""`python -m tests.peers.sms_peer --port 0 --account AC… --token secret --number +15195550100`"""

from tests.peers.sms_peer.peer import SmsPeer
from tests.peers.toolkit.server import parser, serve

if __name__ == "__main__":
    options = parser("sms_peer", account="e.g. AC0000", token="secret of both", number="e.g. +15195550100").parse_args()
    serve(options.port, SmsPeer(options.account, options.token, options.number))
