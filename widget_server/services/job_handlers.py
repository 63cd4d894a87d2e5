"""The work on one job. Each function does one short thing and puts the job back or takes it out; whatever kills the
process in between, the job is begun again and ends the same way."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from widget_server.domain import backoff, recheck_schedule
from widget_server.domain.job import ALERT, ASK, CHECK, DELIVERY, ORDER_NUMBER, SUBSCRIPTION, WEBHOOK, Job
from widget_server.domain.model import Claim, Verdict
from widget_server.domain.order_record import Cause
from widget_server.domain.transitions import doubt_lasts, is_paid_mismatch, needs_review_at_the_end
from widget_server.domain.webhook_event import WebhookEvent
from widget_server.errors import ExpectationUnavailable, OrderNotFound, SubscriptionNotFound, UpstreamError
from widget_server.services.alerts import AlertTeller
from widget_server.services.deliver_webhook import deliver
from widget_server.services.evidence import find_order_code
from widget_server.services.ports import Deliveries, Inbox, Jobs, MerchantBackend
from widget_server.services.subscriptions import SubscriptionService
from widget_server.services.verification import VerificationDeps, verify_order

log = logging.getLogger("widget_server.jobs")

_MAX_STARTS = 20
"""A job that was begun this often without an end probably kills its worker: it gets a pause and an alarm. So may an
innocent one that was leased with it, hence only a pause."""
_POISON_PAUSE = timedelta(minutes=10)
_MOST_ASKS = 24
"""About five hours. Orders that StepPay never answers for must not keep the sweep from all others; it comes back."""
_LAGGING_TRIES = 4
"""How often an event is processed again where StepPay's API does not show yet what the event says."""


@dataclass(frozen=True, kw_only=True)
class JobContext(VerificationDeps):
    """What the jobs work with. `jitter` gives a random number from 0 to 1. `merchant` None: no backend receives
    webhooks; `teller` None: no operator receives alerts."""

    inbox: Inbox
    jobs: Jobs
    deliveries: Deliveries
    subscriptions: SubscriptionService
    merchant: MerchantBackend | None
    jitter: Callable[[], float]
    teller: AlertTeller | None = None


def handle_job(job: Job, context: JobContext) -> None:
    """Raises `errors.StorageError`: then nothing happened, and the job is begun again when its lease ends."""
    if job.starts > _MAX_STARTS:
        log.critical("job_poisoned kind=%s subject=%s starts=%d", job.kind, job.subject, job.starts)
        context.jobs.postpone(job, context.clock() + _POISON_PAUSE, step=job.step, tries=job.tries)
        return
    _HANDLERS[job.kind](job, context)


def _check(job: Job, context: JobContext) -> None:
    """Ask about an order until its end is known, or its time is over."""
    record = context.ledger.find(job.subject)
    if record is not None and record.settled:
        context.jobs.finish(job)
        return
    try:
        verdict = verify_order(Claim(job.subject), Cause.RECHECK, context)
    except OrderNotFound:
        _check_unknown(job, context)
    except (UpstreamError, ExpectationUnavailable):
        _try_again(job, context)
    else:
        _follow(job, verdict, context)


def _follow(job: Job, verdict: Verdict, context: JobContext) -> None:
    now = context.clock()
    due_at = now + recheck_schedule.next_gap(job.step)
    until = recheck_schedule.ends_at(job.until or now, verdict.order.purchase_deadline)
    record = context.ledger.find(job.subject)
    if record is not None and record.settled:
        context.jobs.finish(job)
    elif due_at <= until:
        if doubt_lasts(verdict, job.step):
            _ask_for_review(job, verdict, context)
        context.jobs.postpone(job, due_at, step=job.step + 1, tries=0)
    else:
        _give_up(job, verdict, context)


def _give_up(job: Job, verdict: Verdict, context: JobContext) -> None:
    if needs_review_at_the_end(verdict):
        _ask_for_review(job, verdict, context)
    context.jobs.finish(job)


def _ask_for_review(job: Job, verdict: Verdict, context: JobContext) -> None:
    log.error("order_needs_review order=%s reason=%s", job.subject, verdict.finding.reason)
    context.ledger.ask_for_review(job.subject)


def _check_unknown(job: Job, context: JobContext) -> None:
    """StepPay knows no such order; perhaps not yet. A checkout can be opened for any text that looks like a code."""
    if job.step == 0:
        context.jobs.postpone(job, context.clock() + recheck_schedule.next_gap(0), step=1, tries=0)
    else:
        context.jobs.finish(job)


def _ask_once(job: Job, context: JobContext) -> None:
    """Whatever is recorded: also of a settled order StepPay may have news."""
    try:
        verify_order(Claim(job.subject), Cause.RECHECK, context)
    except OrderNotFound:
        log.error("recorded_order_not_found order=%s", job.subject)
    except (UpstreamError, ExpectationUnavailable):
        if job.tries < _MOST_ASKS:
            _try_again(job, context)
            return
        log.error("order_not_asked order=%s tries=%d", job.subject, job.tries)
    context.jobs.finish(job)


def _webhook(job: Job, context: JobContext) -> None:
    event = context.inbox.find(job.subject)
    if event is None:
        context.jobs.finish(job)
        return
    try:
        code = event.order_code or _code_of(event.order_id, context)
        verdict = verify_order(Claim(code), Cause.WEBHOOK, context) if code else None
    except OrderNotFound:
        verdict = None
    except (UpstreamError, ExpectationUnavailable):
        _try_again(job, context)
        return
    _close(job, event, verdict, context)


def _close(job: Job, event: WebhookEvent, verdict: Verdict | None, context: JobContext) -> None:
    """The event may have overtaken StepPay's own API: then it is processed a few times more."""
    confirmed = verdict is not None and (
        event.claimed_status in (None, verdict.finding.kind.value) or _is_settled(verdict)
    )
    if not confirmed and job.tries < _LAGGING_TRIES:
        _try_again(job, context)
        return
    if verdict is not None and not confirmed:
        logged = (verdict.order.order_code, event.claimed_status, verdict.finding.kind.value)
        log.warning("webhook_not_confirmed order=%s claimed=%s steppay_says=%s", *logged)
    context.inbox.close(job, ignored=verdict is None)


def _is_settled(verdict: Verdict) -> bool:
    """Whether asking once more has nothing to add."""
    return verdict.finding.kind.facts.final or is_paid_mismatch(verdict)


def _order_number(job: Job, context: JobContext) -> None:
    """An unsigned event, which any client may have sent."""
    try:
        code = _code_of(int(job.subject), context)
        if code is not None:
            verify_order(Claim(code), Cause.WEBHOOK, context)
    except OrderNotFound:
        pass
    except (UpstreamError, ExpectationUnavailable):
        _try_again(job, context)
        return
    context.jobs.finish(job)


def _subscription(job: Job, context: JobContext) -> None:
    """Where an event brought nothing new, it may have overtaken StepPay's own API: then once more in a minute."""
    try:
        changed = context.subscriptions.check(int(job.subject))
    except SubscriptionNotFound:
        log.warning("subscription_not_found subscription=%s", job.subject)
        changed = False
    except UpstreamError:
        _try_again(job, context)
        return
    if changed or job.step > 0:
        context.jobs.finish(job)
    else:
        context.jobs.postpone(job, context.clock() + recheck_schedule.FIRST, step=1, tries=0)


def _delivery(job: Job, context: JobContext) -> None:
    if context.merchant is None:
        context.jobs.postpone(job, context.clock() + _POISON_PAUSE, step=job.step, tries=job.tries)
    else:
        deliver(
            job,
            context.deliveries,
            context.jobs,
            context.merchant,
            clock=context.clock,
            jitter=context.jitter,
            metrics=context.metrics,
        )


def _alert(job: Job, context: JobContext) -> None:
    if context.teller is not None:
        context.teller.tell(job, context.jobs)


_HANDLERS: dict[str, Callable[[Job, JobContext], None]] = {
    CHECK: _check,
    ASK: _ask_once,
    WEBHOOK: _webhook,
    ORDER_NUMBER: _order_number,
    SUBSCRIPTION: _subscription,
    DELIVERY: _delivery,
    ALERT: _alert,
}


def _code_of(order_id: int | None, context: JobContext) -> str | None:
    if order_id is None:
        return None
    return context.ledger.find_code(order_id) or find_order_code(order_id, context.steppay)


def _try_again(job: Job, context: JobContext) -> None:
    tries = job.tries + 1
    due_at = context.clock() + backoff.upstream_pause(tries, context.jitter())
    if not job.confirmed and job.until is not None and due_at > job.until:
        context.jobs.finish(job)  # invented, as far as we know: it may not stay for ever
        return
    context.jobs.postpone(job, due_at, step=job.step, tries=tries)
