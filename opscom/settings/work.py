"""Background work, and when it is done."""

from typing import Any

from opscom.settings.environment import VAR_DIR
from opscom.settings.stores import REDIS_URL

CELERY_BROKER_URL = REDIS_URL or "filesystem://localhost"
if REDIS_URL:
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {
        "visibility_timeout": 300,
        "socket_timeout": 2,
        "socket_connect_timeout": 2,
    }
else:
    for folder in ("queue", "control"):
        (VAR_DIR / folder).mkdir(exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(VAR_DIR / "queue"),
        "data_folder_out": str(VAR_DIR / "queue"),
        "control_folder": str(VAR_DIR / "control"),
    }
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 240
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_step": 0.2, "interval_max": 0.2}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")
CELERY_BEAT_SCHEDULE = {
    name: {"task": task, "schedule": seconds}
    for name, task, seconds in [
        ("send-due-mail", "accounts.tasks.send_due_mail", 20.0),
        ("send-due-texts", "accounts.tasks.send_due_texts", 20.0),
        ("end-overdue-acting", "accounts.tasks.end_overdue_acting", 60.0),
        ("scan-waiting-uploads", "accounts.tasks.scan_waiting_uploads", 60.0),
        ("process-stored-events", "payments.tasks.process_stored_events", 20.0),
        ("reconcile-payments", "payments.tasks.reconcile_payments", 60.0),
        ("compare-days", "payments.tasks.compare_days", 3600.0),
        ("look-back", "payments.tasks.look_back", 60.0),
        ("check-books", "payments.tasks.check_books", 3600.0),
        ("reconcile-refunds", "payments.tasks.reconcile_refunds", 60.0),
        ("follow-refunds", "payments.tasks.follow_refunds", 3600.0),
        ("sweep-cards", "payments.tasks.sweep_cards", 60.0),
        ("warn-of-card-expiry", "payments.tasks.warn_of_expiry", 6 * 3600.0),
        ("collect-instalments", "payments.tasks.collect_instalments", 300.0),
        ("follow-payment-plans", "payments.tasks.follow_plans", 3600.0),
        ("expire-checkouts", "payments.tasks.expire_checkouts", 60.0),
        ("release-lapsed-holds", "permits.tasks.release_lapsed_holds", 60.0),
        ("remind-of-endings", "permits.tasks.remind_of_endings", 3600.0),
        ("remind-of-temporary-endings", "permits.tasks.remind_of_temporary_endings", 300.0),
        ("sweep-texted-parking", "permits.tasks.sweep_texted_parking", 60.0),
        ("sweep-waitlists", "permits.tasks.sweep_waitlists", 60.0),
        ("sweep-closures", "permits.tasks.sweep_closures", 60.0),
        ("sweep-rollovers", "permits.tasks.sweep_rollovers", 300.0),
        ("sweep-prints", "permits.tasks.sweep_prints", 60.0),
        ("announce-rollover-prices", "permits.tasks.announce_prices", 6 * 3600.0),
        ("release-lapsed-lockers", "lockers.tasks.release_lapsed_holds", 60.0),
        ("remind-of-locker-ends", "lockers.tasks.remind_of_endings", 3600.0),
        ("charge-late-fees", "violations.tasks.charge_late_fees", 1800.0),
        ("charge-owner-lookups", "violations.tasks.charge_lookups", 300.0),
        ("send-ticket-notices", "violations.tasks.send_notices", 1800.0),
        ("sweep-letters", "violations.tasks.sweep_letters", 60.0),
        ("follow-boots", "violations.tasks.follow_boots", 300.0),
        ("sweep-imports", "violations.tasks.sweep_imports", 60.0),
        ("sweep-people-imports", "vehicles.tasks.sweep_people_imports", 60.0),
        ("sweep-locker-imports", "lockers.tasks.sweep_imports", 60.0),
        ("sweep-permit-imports", "permits.tasks.sweep_imports", 60.0),
        ("look-at-evidence", "violations.tasks.look_at_waiting_evidence", 60.0),
        ("sweep-exports", "opscom.office.tasks.sweep_exports", 60.0),
        ("send-due-reports", "opscom.office.tasks.send_due_reports", 900.0),
        ("follow-merges", "opscom.office.tasks.follow_merges", 300.0),
        ("sweep-mailings", "accounts.tasks.sweep_mailings", 60.0),
        ("clear-devices", "accounts.tasks.clear_devices", 24 * 3600.0),
        ("end-what-is-over", "opscom.tasks.end_what_is_over", 24 * 3600.0),
        ("clear-sessions", "opscom.tasks.clear_sessions", 24 * 3600.0),
        ("beat-heart", "opscom.tasks.beat_heart", 15.0),
    ]
}
