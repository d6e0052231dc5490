"""`python -m tests.bench.soak [faults]`, called by bin/soak, which sets the environment."""

import os
import signal
import sys

from servers import Servers

signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that what was started is stopped
killing = sys.argv[1:] == ["faults"]
servers = Servers(durable=killing, commit_times=True)  # what is killed must not lose what it has acknowledged
try:
    os.environ["DATABASE_URL"], os.environ["REDIS_URL"] = servers.start_postgresql(), servers.start_redis()
    import django

    django.setup()  # before anything that imports models

    from tests.bench.soak.run import main

    code = main(servers, killing=killing)
finally:
    servers.stop()
sys.exit(code)
