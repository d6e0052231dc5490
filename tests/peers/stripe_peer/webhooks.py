"""Signs and delivers events in the background. https://docs.stripe.com/webhooks: at least once, in any order, retried."""

import hashlib
import hmac
import http.client
import threading
import time
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from .errors import JsonObject

TIMEOUT_SECONDS = 10.0
WRONG_SECRET = "whsec_this_is_not_the_secret"


@dataclass
class Switches:
    """How deliveries misbehave; times in seconds. ``drop`` is True for all events, or a list of event types."""

    url: str = ""
    secret: str = ""
    delay: float = 0.0
    copies: int = 1
    parallel: bool = False
    hold: bool = False
    drop: bool | list[str] = False
    wrong_secret: bool = False
    timestamp_offset: int = 0
    retry_delays: list[float] = field(default_factory=lambda: [0.1, 0.3, 1.0])

    def drops(self, event_type: str) -> bool:
        return self.drop if isinstance(self.drop, bool) else event_type in self.drop


@dataclass(frozen=True)
class Job:
    """One event on its way. ``due`` is on the monotonic clock; ``attempt`` counts from 1."""

    event: str
    event_type: str
    body: bytes
    due: float
    copies: int = 1
    parallel: bool = False
    wrong_secret: bool = False
    timestamp_offset: int = 0
    attempt: int = 1
    generation: int = 0


def signature_header(body: bytes, secret: str, timestamp: int) -> str:
    """``t=<unix>,v1=<hex HMAC-SHA256 of "{t}.{body}">`` (https://docs.stripe.com/webhooks/signature)."""
    digest = hmac.new(secret.encode(), b"%d.%s" % (timestamp, body), hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={digest}"


class Sender:
    """One worker thread, so that deliveries keep their order unless a switch says otherwise."""

    def __init__(self, switches: Switches) -> None:
        self.switches = switches
        self.deliveries: list[JsonObject] = []
        self._queue: list[Job] = []
        self._held: list[Job] = []
        self._busy = 0
        self._generation = 0
        self._stopped = False
        self._changed = threading.Condition()
        self._worker = threading.Thread(target=self._work, name="webhooks", daemon=True)
        self._worker.start()

    def emit(self, event: str, event_type: str, body: bytes) -> None:
        """Queue a new event under the present switches."""
        switches = self.switches
        if not switches.url or switches.drops(event_type):
            return
        job = Job(
            event=event,
            event_type=event_type,
            body=body,
            due=time.monotonic() + switches.delay,
            copies=switches.copies,
            parallel=switches.parallel,
            wrong_secret=switches.wrong_secret,
            timestamp_offset=switches.timestamp_offset,
        )
        self._put(job, held=switches.hold)

    def send_now(self, job: Job) -> None:
        """Queue a delivery that ignores hold, drop and delay."""
        self._put(replace(job, due=time.monotonic()), held=False)

    def release(self, *, reverse: bool) -> int:
        """Send what was held; returns how many events that were."""
        with self._changed:
            held, self._held = self._held, []
            ordered = list(reversed(held)) if reverse else held
            self._queue += [replace(job, due=time.monotonic()) for job in ordered]
            self._changed.notify_all()
            return len(ordered)

    def drain(self, timeout: float) -> bool:
        """Wait until nothing is queued or in flight, retries included; held events do not count."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._queue and not self._busy, timeout)

    def delivered(self, event: str) -> bool:
        """Whether the endpoint ever answered 2xx for this event."""
        return any(row["event"] == event and row["ok"] for row in list(self.deliveries))

    def clear(self) -> None:
        with self._changed:
            self._generation += 1
            self._queue.clear()
            self._held.clear()
            self.deliveries = []
            self._changed.notify_all()

    def waiting(self) -> list[Job]:
        """What is queued."""
        with self._changed:
            return list(self._queue)

    def reset_switches(self) -> None:
        """Back to well-behaved; keeps the endpoint, its secret and the delay."""
        old = self.switches
        self.switches = Switches(url=old.url, secret=old.secret, delay=old.delay, retry_delays=old.retry_delays)

    def stop(self) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def _put(self, job: Job, *, held: bool) -> None:
        with self._changed:
            (self._held if held else self._queue).append(replace(job, generation=self._generation))
            self._changed.notify_all()

    def _work(self) -> None:
        while (job := self._take()) is not None:
            try:
                self._deliver_copies(job)
            finally:
                with self._changed:
                    self._busy -= 1
                    self._changed.notify_all()

    def _take(self) -> Job | None:
        """Oldest due job, in order of queueing; None when stopped."""
        with self._changed:
            while not self._stopped:
                job = min(self._queue, key=lambda queued: queued.due, default=None)
                if job is None:
                    self._changed.wait()
                elif job.due > time.monotonic():
                    self._changed.wait(job.due - time.monotonic())
                else:
                    self._queue.remove(job)
                    self._busy += 1
                    return job
            return None

    def _deliver_copies(self, job: Job) -> None:
        single = replace(job, copies=1, parallel=False)
        if not job.parallel:
            for _ in range(job.copies):
                self._deliver(single)
            return
        threads = [threading.Thread(target=self._deliver, args=(single,), daemon=True) for _ in range(job.copies)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _deliver(self, job: Job) -> None:
        status = self._post(job)
        ok = status is not None and 200 <= status < 300
        row = {"event": job.event, "type": job.event_type, "attempt": job.attempt, "status": status, "ok": ok}
        with self._changed:
            if job.generation != self._generation:
                return
            self.deliveries.append(row)
            delays = self.switches.retry_delays
            if not ok and job.attempt <= len(delays):
                due = time.monotonic() + delays[job.attempt - 1]
                self._queue.append(replace(job, attempt=job.attempt + 1, due=due))

    def _post(self, job: Job) -> int | None:
        """HTTP status, or None when the endpoint could not be reached. Like Stripe, follows no redirect."""
        secret = WRONG_SECRET if job.wrong_secret else self.switches.secret
        header = signature_header(job.body, secret, int(time.time()) + job.timestamp_offset)
        url = urlsplit(self.switches.url)
        kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
        connection = kind(url.hostname or "", url.port, timeout=TIMEOUT_SECONDS)
        target = (url.path or "/") + (f"?{url.query}" if url.query else "")
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
            "Stripe-Signature": header,
        }
        try:
            connection.request("POST", target, job.body, headers)
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()
