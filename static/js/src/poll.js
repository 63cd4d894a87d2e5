// @ts-check
// Follows one session until the server has a verdict. Messages, focus and closed windows only make us look sooner.
import { request, unknown } from './api.js';
import { recall } from './pendingCheckout.js';
import { AFTER_RETURN, FROZEN, WHILE_OPEN, isFailure, isPaid, isSettled, wait } from './backoff.js';
import { sessions } from './session.js';

/** @typedef {import('../widget.js').Verdict} Verdict */

/** @param {import('./session.js').Session} session */
export function poll(session) {
  const claim = session._claim;
  /** Another page has reported the result, or it is too long ago. */
  const taken = () => claim.time && !recall() && session._end();
  const opened = Date.now();
  let step = 0;
  let mayVerify = 0; // ms since 1970: StepPay is not asked before
  /** @type {number | undefined} */
  let wasBack;
  /** @type {boolean | undefined} */
  let busy;
  let again = !!claim.time; // ask StepPay at the next check
  let last = unknown(claim.orderCode);

  /**
   * A closed window proves nothing (`closed` is wrong under COOP), so before the return only good news ends the asking.
   * @param {Verdict | undefined} verdict
   */
  const ends = (verdict) => verdict && (session.state === 'returned' ? isSettled : isPaid)(verdict);

  /**
   * Never two questions at once. First the stored verdict, which costs StepPay nothing. It may be older than a refund and
   * has no token, so what it remembers never ends the asking: it only makes us ask.
   * @param {boolean} [askNow] something happened: ask StepPay although the window is open
   */
  const check = async (askNow) => {
    again = askNow || again;
    if (busy || !sessions.has(session)) return;
    if (taken()) return;
    busy = true;
    clearTimeout(session._timer);
    let verdict;
    if (claim.checkout && session.state !== 'returned') {
      const [status, body] = await request('/v1/checkouts/' + claim.checkout, 4000);
      if (status === 404) delete claim.checkout; // from here on the order alone is asked for
      if (body.state === 'returned' && !claim.shown) session._returned();
      if (ends(body.verdict)) again = true;
      else if (body.verdict?.orderCode === claim.orderCode) verdict = body.verdict;
    }
    if (Date.now() >= mayVerify && (again || session._back || !claim.checkout)) {
      again = false;
      verdict = await session.verify();
      mayVerify = Date.now() + wait(step, verdict.retryAfter, 0) / 2;
    }
    const back = session._back;
    busy = false;
    if (!sessions.has(session)) return;
    if (taken()) return;
    // It may be that of an earlier try of this order, while the shopper pays on in a window that only looks closed.
    if (verdict && session.state !== 'returned' && isFailure(verdict))
      verdict = unknown(claim.orderCode, 'not_returned');
    last = verdict || last;
    if (ends(verdict) || Date.now() > (back ? back + AFTER_RETURN : opened + WHILE_OPEN)) return session._finish(last);
    if (verdict && back) session._emit('pending', verdict);
    if (back !== wasBack) step = 0;
    wasBack = back;
    session._timer = setTimeout(check, again ? mayVerify - Date.now() : wait(step++, last.retryAfter, Math.random()));
  };

  const start = () => {
    session._check = check;
    check();
    return sessions.has(session) && new Promise((free) => (session._releaseLock = /** @type {any} */ (free)));
  };
  /** The other page may be frozen, and hold its lock forever: reported twice is better than not at all. */
  const linger = () => (session._timer = setTimeout(() => (document.hidden ? linger() : start()), FROZEN));
  // One page tells the shopper: one that finds a checkout waits until the page that follows it is done or gone.
  if (claim.time) linger();
  else start();
  try {
    navigator.locks.request('steppay:' + claim.checkout, start).catch(start);
  } catch {
    start(); // a browser without locks
  }
}
