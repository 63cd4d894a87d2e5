// @ts-check
// The script tag's entry: one global, one click listener, a few page events. Importable without a DOM.
import { handleReturn, recheck } from './back.js';
import { canShow } from './dialog.js';
import { open } from './open.js';
import { checking, dismiss } from './screens.js';
import { sessions } from './session.js';
import { loadRule } from './rules.js';
import { options, readScript, server } from './settings.js';

const home = /** @type {{StepPayCheckout?: import('../widget.js').StepPayCheckout}} */ (globalThis);
const hasPage = typeof document === 'object';
let path = '';
let cleanings = 5; // some do so at each of their renderings, which would never end
let stop = () => {};
/** @type {boolean | undefined} false: no click is taken, so the link pays and our return page says the verdict */
let able;

/** @param {MouseEvent} event */
function clicked(event) {
  const target = /** @type {Element} */ (event.target);
  const origin = /** @type {HTMLElement | null} */ (target.closest('[data-steppay-order]'));
  if (!able || !origin || !server() || event.defaultPrevented || event.button) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  open(/** @type {any} */ ({ ...origin.dataset, order: origin.dataset.steppayOrder }), origin);
}

/** A message is a hint to look, never a result. @param {MessageEvent} event */
function heard({ origin, source, data }) {
  if (origin !== server()) return;
  for (const { _window: opened, _frame: frame, _claim: claim, _check: check } of sessions) {
    if (source === (frame?.contentWindow || opened) && data?.attempt === claim.attempt) check();
  }
}

/** The shopper is here again: also what ended without an answer is asked about once more. */
function look() {
  if (document.hidden) return;
  sessions.forEach((session) => session._check(true));
  recheck();
}

/** Once a second, for what no event tells. */
function tick() {
  if (path !== location.pathname) begin();
  else if (cleanings && /[?&#]steppay_return=/.test(location.href)) cleanings-- && handleReturn(); // a framework put it back
  for (const session of sessions) {
    const { _window: opened, _box: box } = session;
    // `closed` lies under COOP: it counts only while the shopper is here, and it only makes us ask.
    if ((box ? !box.isConnected : opened?.closed) && document.hasFocus() && session._gone()) checking(session);
  }
}

/** Back from the payment page: the old page wakes up as it was. @param {PageTransitionEvent} event */
function woken({ persisted }) {
  if (!persisted) return;
  sessions.forEach((session) => session.mode === 'redirect' && session._end());
  look();
}

/** A new page, also one that a single-page shop only drew. */
async function begin() {
  path = location.pathname;
  if (!server()) return;
  const back = handleReturn();
  loadRule();
  if (!(await back)) recheck();
}

/** @type {Record<string, (event: any) => void>} */
const EVENTS = { click: clicked, message: heard, pageshow: woken, visibilitychange: look, focus: look, online: look };

function start() {
  readScript();
  begin();
  able = canShow();
  const timer = setInterval(tick, 1000);
  stop = () => {
    clearInterval(timer);
    for (const name in EVENTS) removeEventListener(name, EVENTS[name]);
  };
  for (const name in EVENTS) addEventListener(name, EVENTS[name]);
}

if (!home.StepPayCheckout) {
  home.StepPayCheckout = {
    configure(wishes) {
      Object.assign(options, wishes);
      if (hasPage) begin();
    },
    open,
    handleReturn,
    destroy() {
      stop();
      sessions.forEach((session) => {
        session._end();
        if (session.state === 'opening') session._shut();
        else session._hide();
      });
      dismiss();
      delete home.StepPayCheckout;
    },
  };
  if (hasPage) start();
}
