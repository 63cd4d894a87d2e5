// @ts-check
// From a click to StepPay's payment page. Everything up to window.open happens inside the click.
import { request } from './api.js';
import { openFrame } from './frame.js';
import { choose } from './mode.js';
import { remember } from './pendingCheckout.js';
import { mark, strip } from './returnUrl.js';
import { screen } from './screens.js';
import { Session, running, sessions } from './session.js';
import { loadRule } from './pageRules.js';
import { locale, options as settings, rule, server } from './settings.js';
import { poll } from './poll.js';

/** @typedef {import('../widget.js').OpenOptions} OpenOptions */

/** The window is opened empty and cut off from us first: `noopener` would hide whether it was blocked. @param {Session} session */
function openWindow(session) {
  const size =
    session.mode === 'popup'
      ? `width=480,height=760,left=${screenX + outerWidth / 2 - 240},top=${screenY + outerHeight / 2 - 380}`
      : '';
  session._window = window.open('', '_blank', size);
  if (session._window) session._window.opener = null;
  return session._window;
}

/** A fresh click may open what the first one could not. @param {Session} session @param {string | undefined} wish */
function blocked(session, wish) {
  if (!session._emit('blocked')) return session.close();
  screen(session, 'blocked', [
    ['newTab', () => begin(session, wish, true)],
    ['close', session.close],
  ]);
}

/** Out of the frame around the shop, where that lets us. @param {string} url */
export function leave(url) {
  try {
    /** @type {Window} */ (top).location.href = url;
  } catch {
    location.href = url;
  }
}

/** What we cannot open, the plain link can: it needs no script. @param {Session} session */
function follow(session) {
  const opened = session._window;
  const href = /** @type {any} */ (session._origin)?.href;
  // The element's own first: an optimizer can make us wrong about our server, and cannot change where payment is.
  const url = /\/pay\b/.test(href) ? href : server() + '/v1/pay/' + session._claim.orderCode;
  session._window = null;
  session._fail('server_unavailable', () => (opened ? opened.location.replace(url) : leave(url)));
}

/** @param {Session} session @param {string} [orderCode] given: marked for it, since our server does not */
function returnUrls(session, orderCode) {
  /** @type {Record<string, string>} */
  const urls = {};
  let url = strip('' + location);
  for (const status of ['success', 'error', 'cancel']) {
    const name = status + 'Url';
    url = /** @type {any} */ (session._options)[name] || url;
    urls[name] = orderCode ? mark(url, status, orderCode) : url;
  }
  return urls;
}

/** @param {Session} session @returns {Promise<string | void>} the payment page, unless the session failed */
async function payUrl(session) {
  const { _claim: claim, mode } = session;
  const [status, body] = await request('/v1/checkouts', 4000, {
    orderCode: claim.orderCode,
    mode,
    locale: locale(),
    ...(mode === 'redirect' && returnUrls(session)),
  });
  if (body.payUrl) {
    claim.checkout = body.checkout;
    return body.payUrl;
  }
  if (!sessions.has(session)) return; // taken down in between
  if (body.verdict) return session._finish(body.verdict); // nothing is left to pay
  if (body.code && status < 500 && status !== 429) return session._fail(body.code);
  if (!settings.payUrl) return follow(session); // no widget server, or a policy of the page is in the way
  // Payment opens although our server is down: the page rule has StepPay's address.
  session._emit('error', { code: 'server_unavailable', recoverable: true });
  const url = settings.payUrl.replace('{orderCode}', claim.orderCode);
  return mode === 'redirect' ? url + '?' + new URLSearchParams(returnUrls(session, claim.orderCode)) : url;
}

/** @param {Session} session @param {(payUrl: string) => void} [load] shows the page in the frame */
async function go(session, load) {
  const { order } = session._options;
  const claim = session._claim;
  const opened = session._window;
  session._emit('open');
  try {
    claim.orderCode = await (typeof order === 'function' ? order() : order);
  } catch {
    return session._fail('order_failed');
  }
  const url = sessions.has(session) && (await payUrl(session).catch(() => follow(session))); // where the page broke something
  if (!url || !sessions.has(session)) return;
  session.state = 'open';
  remember(claim);
  if (load) load(url);
  else session._emit('ready');
  if (session.mode === 'redirect') {
    session._back = 1; // should the shopper stop the browser on its way, a new click starts over
    return leave(url);
  }
  session._busy(null);
  opened?.location.replace(url);
  poll(session);
}

/** @param {Session} session @param {string | undefined} wish @param {boolean} [again] what was blocked before */
function begin(session, wish, again) {
  if (!sessions.has(session)) return;
  let load;
  try {
    session.mode = choose(wish, rule(), navigator.userAgent, navigator.maxTouchPoints, self !== top);
    if (session.mode === 'iframe') load = openFrame(session);
    else if (session.mode !== 'redirect' && !openWindow(session)) {
      if (!again) return blocked(session, wish);
      session.mode = 'redirect';
    }
  } catch {
    // The page's doing, mostly. It still pays, the simplest way.
    session._hide();
    session.mode = 'redirect';
  }
  go(session, load);
}

/**
 * Synchronous, so that the click's permission to open a window still holds.
 * @param {OpenOptions} options
 * @param {Element | null} [origin]
 * @returns {Session} the running one when this order is already being paid
 */
export function open(options, origin) {
  const found = running(options.order);
  if (found) {
    found.focus();
    if (!found._back && !found._claim.time) return found;
    found._end(); // its window is closed or an earlier page's: this click starts over
  }
  const session = new Session(options, origin, open);
  const wish = options.mode || settings.mode;
  Promise.resolve(options.order).catch(() => {}); // awaited later: until then a rejection is no error of the page
  options.signal?.addEventListener('abort', session.close);
  if (!settings.server) session._fail('not_configured');
  else if (options.signal?.aborted) session.close();
  else if (wish || rule()) begin(session, wish);
  else loadRule().then(() => begin(session, wish));
  return session;
}
