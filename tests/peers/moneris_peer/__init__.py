"""A strict stand-in for Moneris: its embedded Checkout (preload, script, frame, receipt) and its Gateway (refunds, vault).

Ours, written from Moneris' public documents and open client code; Moneris itself was never reached from here. What the peer
does not model it refuses rather than ignoring it. Like a production store it approves any amount unless a test says otherwise.
"""
