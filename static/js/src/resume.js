// @ts-check
// The shopper is back on the merchant's page: by a return URL, by the Back button, or on a later visit.
import { open } from './open.js';
import { recall, remember, markReported, wasReported } from './pendingCheckout.js';
import { parseReturnUrl } from './returnUrl.js';
import { isFailure, isSettled } from './backoff.js';
import { checking } from './screens.js';
import { Session, running } from './session.js';
import { options } from './settings.js';
import { poll } from './poll.js';

/** @typedef {import('../widget.js').Verdict} Verdict */

/** @type {Promise<Verdict> | false | undefined} one result per return, however often it is asked for */
let latest;
/** @type {string | undefined} */
let latestKey;

/** @param {import('./returnUrl.js').Claim} claim */
const resume = (claim) => new Session({ order: claim.orderCode }, null, open, claim);

/** A browser may refuse it: Safari after a hundred within half a minute, any in a sandbox. @param {string} url */
function clean(url) {
  try {
    history.replaceState(history.state, '', url);
  } catch {}
}

/** Asks first; a screen comes last, since nothing may depend on it. @param {import('./returnUrl.js').Claim} claim @param {string} key */
function follow(claim, key) {
  const session = resume(claim);
  remember(claim);
  const shown = session._returned();
  poll(session);
  session.result.then((verdict) => {
    if (isSettled(verdict)) markReported(key, isFailure(verdict));
  });
  if (shown) checking(session);
  return session.result;
}

/**
 * @param {string | URL} [url] default: the page's address
 * @returns {Promise<Verdict | null>} null: this address is no return, or this tab has reported it before
 */
export async function handleReturn(url) {
  const href = '' + (url || location);
  const [kept, claim] = options.server ? parseReturnUrl(href, recall()) : [];
  if (!claim) return (!url && latest) || null;
  if (href === location.href) clean(/** @type {string} */ (kept));
  const key = JSON.stringify(claim);
  if (latestKey !== key) {
    latestKey = key;
    latest = !wasReported(key) && follow(claim, key);
  }
  return latest || null;
}

/** Follows what an earlier page opened and no page has reported, or what ended without an answer and may still be paid. */
export function recheck() {
  const claim = options.server && recall();
  if (claim && !running(claim.orderCode)) poll(resume(claim));
}
