// @ts-check
// The shopper is back on the merchant's page: by a return URL, by the Back button, or on a later visit.
import { open } from './open.js';
import { forget, recall, remember } from './pending.js';
import { parse, strip } from './returns.js';
import { isPaid, isSettled } from './schedule.js';
import { checking } from './screens.js';
import { Session, sessions } from './session.js';
import { server } from './settings.js';
import { watch } from './watch.js';

/** @typedef {import('../widget.js').Verdict} Verdict */

/** @type {Promise<Verdict> | undefined} one result per return, however often it is asked for */
let latest;
let latestKey = '';
let next = 0; // ms since 1970: what ended without an answer is not asked about before

/** @param {import('./returns.js').Claim} claim */
function resume(claim) {
  const session = new Session({ order: claim.orderCode }, null, open);
  session._claim = claim;
  session._back = 1; // a new click for this order does not wait for us
  return session;
}

/**
 * @param {string | URL} [url] default: the page's address
 * @returns {Promise<Verdict | null>} null: nobody came back
 */
export async function handleReturn(url) {
  const href = '' + (url || location);
  const claim = server() && parse(href);
  if (!claim) return (!url && latest) || null;
  if (href === location.href) history.replaceState(history.state, '', strip(href));
  const key = claim.orderCode + claim.attempt;
  if (latestKey !== key) {
    latestKey = key;
    const session = resume(claim);
    latest = session.result;
    remember(claim);
    if (session._returned()) checking(session);
    watch(session);
  }
  return latest || null;
}

/** Asks once about an earlier attempt or one that ended without an answer; without a word unless it was paid. */
export async function recheck() {
  const entry = server() && Date.now() > next && recall();
  if (!entry || [...sessions].some(({ _claim }) => _claim.orderCode === entry.orderCode)) return;
  next = Date.now() + 30000;
  const session = resume(entry);
  const verdict = await session.verify();
  if (isPaid(verdict)) return session._finish(verdict);
  session._end();
  if (isSettled(verdict)) forget(entry.orderCode);
}
