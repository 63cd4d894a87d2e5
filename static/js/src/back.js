// @ts-check
// The shopper is back on the merchant's page: by a return URL, by the Back button, or on a later visit.
import { open } from './open.js';
import { recall, remember, toldReturn, wasTold } from './pending.js';
import { take } from './returns.js';
import { isBadNews, isSettled } from './schedule.js';
import { checking } from './screens.js';
import { Session, running } from './session.js';
import { server } from './settings.js';
import { watch } from './watch.js';

/** @typedef {import('../widget.js').Verdict} Verdict */

/** @type {Promise<Verdict> | false | undefined} one result per return, however often it is asked for */
let latest;
let latestKey = '';

/** @param {import('./returns.js').Claim} claim */
function resume(claim) {
  const session = new Session({ order: claim.orderCode }, null, open);
  session._claim = claim;
  return session;
}

/** A browser may refuse it: Safari after a hundred within half a minute, any in a sandbox. @param {string} url */
function clean(url) {
  try {
    history.replaceState(history.state, '', url);
  } catch {}
}

/** Asks first; a screen comes last, since nothing may depend on it. @param {import('./returns.js').Claim} claim @param {string} key */
function follow(claim, key) {
  const session = resume(claim);
  remember(claim);
  const shown = session._returned();
  watch(session);
  session.result.then((verdict) => isSettled(verdict) && toldReturn(key, isBadNews(verdict)));
  if (shown) checking(session);
  return session.result;
}

/**
 * @param {string | URL} [url] default: the page's address
 * @returns {Promise<Verdict | null>} null: nobody came back, or this tab has told it before
 */
export async function handleReturn(url) {
  const href = '' + (url || location);
  const [kept, claim] = server() ? take(href, recall()) : [];
  if (!claim) return (!url && latest) || null;
  if (href === location.href) clean(/** @type {string} */ (kept));
  const key = JSON.stringify(claim);
  if (latestKey !== key) {
    latestKey = key;
    latest = !wasTold(key) && follow(claim, key);
  }
  return latest || null;
}

/** Follows what an earlier page opened and nobody was told of, or what ended without an answer and may still be paid. */
export function recheck() {
  const claim = server() && recall();
  if (claim && !running(claim.orderCode)) watch(resume(claim));
}
