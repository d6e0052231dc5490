"""A stand-in for clamd that knows one virus, the EICAR test file: ``python -m tests.peers.clamd_peer --port 0``

It speaks what the portal uses, as clamd(8) describes it: zPING and zINSTREAM, commands and answers ended by NUL, each part
of a stream with its length before it in four bytes, an empty part at the end, and StreamMaxLength.
"""

import argparse
import signal
import socketserver
import struct
import sys
import threading
from types import FrameType

# In two halves, so that no scanner takes this file for the virus.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
LONGEST_COMMAND = 64


class Conversation(socketserver.StreamRequestHandler):
    """One connection, one command."""

    server: "TcpPeer | UnixPeer"

    def handle(self) -> None:
        command = b""
        while not command.endswith(b"\0") and len(command) < LONGEST_COMMAND:
            sign = self.rfile.read(1)
            if not sign:
                return
            command += sign
        answers = {b"zPING\0": lambda: "PONG", b"zINSTREAM\0": self.scan}
        answer = answers.get(command, lambda: "UNKNOWN COMMAND")()
        self.wfile.write(answer.encode() + b"\0")

    def scan(self) -> str:
        """Read the stream to its end; say what is in it."""
        content = b""
        while True:
            [length] = struct.unpack(">I", self.rfile.read(4))
            if not length:
                return "stream: Eicar-Signature FOUND" if EICAR in content else "stream: OK"
            if len(content) + length > self.server.most:
                return "INSTREAM size limit exceeded. ERROR"
            content += self.rfile.read(length)


class TcpPeer(socketserver.ThreadingTCPServer):
    """On a loopback port."""

    daemon_threads = allow_reuse_address = True
    most = 0


class UnixPeer(socketserver.ThreadingUnixStreamServer):
    """On a path."""

    daemon_threads = True
    most = 0


def main() -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser(prog="clamd_peer")
    parser.add_argument("--port", type=int, default=0, help="0 = any free port")
    parser.add_argument("--unix", default="", help="a path, instead of a port")
    parser.add_argument("--most", type=int, default=25 * 1024 * 1024, help="StreamMaxLength, in bytes")
    options = parser.parse_args()
    server: TcpPeer | UnixPeer
    if options.unix:
        server = UnixPeer(options.unix, Conversation)
        address = f"unix://{options.unix}"
    else:
        server = TcpPeer(("127.0.0.1", options.port), Conversation)
        address = f"tcp://127.0.0.1:{server.server_address[1]}"
    server.most = options.most

    def stop(number: int, frame: FrameType | None) -> None:
        threading.Thread(target=server.shutdown, daemon=True).start()

    signal.signal(signal.SIGTERM, stop)
    sys.stdout.write(f"listening {address}\n")
    sys.stdout.flush()
    server.serve_forever(poll_interval=0.05)
    server.server_close()


if __name__ == "__main__":
    main()
