// @ts-check
// The shopper is back on the merchant's page: by a return URL, by the Back button, or on a later visit.
import { open } from './open.js';
import { recall, remember } from './pending.js';
import { parse, strip } from './returns.js';
import { checking } from './screens.js';
import { Session, running } from './session.js';
import { server } from './settings.js';
import { watch } from './watch.js';

/** @typedef {import('../widget.js').Verdict} Verdict */

/** @type {Promise<Verdict> | undefined} one result per return, however often it is asked for */
let latest;
let latestKey = '';

/** @param {import('./returns.js').Claim} claim */
function resume(claim) {
  const session = new Session({ order: claim.orderCode }, null, open);
  session._claim = claim;
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

/** Follows what an earlier page opened and nobody was told of, or what ended without an answer and may still be paid. */
export function recheck() {
  const claim = server() && recall();
  if (claim && !running(claim.orderCode)) watch(resume(claim));
}
