// @ts-check
// The script tag's entry: one global, one click listener, a few page events. Importable without a DOM.
import { handleReturn, recheck } from './back.js';
import { open } from './open.js';
import { checking, dismiss } from './screens.js';
import { sessions } from './session.js';
import { readScript, loadRule, options, server } from './settings.js';

const home = /** @type {{StepPayCheckout?: import('../widget.js').StepPayCheckout}} */ (globalThis);
const hasPage = typeof document === 'object';
let stop = () => {};

/** @param {MouseEvent} event */
const ctrl = (event) => event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;

/** @param {MouseEvent} event */
function clicked(event) {
  const target = /** @type {Element} */ (event.target);
  const origin = /** @type {HTMLElement | null} */ (target.closest('[data-steppay-order]'));
  if (!origin || !server() || event.defaultPrevented || event.button || ctrl(event)) return;
  event.preventDefault();
  open(/** @type {any} */ ({ ...origin.dataset, order: origin.dataset.steppayOrder }), origin);
}

/** A message is a hint to look, never a result. @param {MessageEvent} event */
function heard({ origin, source, data }) {
  if (origin !== server() || !data) return;
  for (const { _window: opened, _frame: frame, _claim: claim, _check: check } of sessions) {
    if (source === (frame ? frame.contentWindow : opened) && data.attempt === claim.attempt) check();
  }
}

function look() {
  if (!document.hidden) sessions.forEach((session) => session._check(true));
}

/** `closed` lies under COOP: it counts only while the shopper is here, and it only makes us ask. */
function lookAtWindows() {
  for (const session of sessions) {
    const opened = session._window;
    if (opened && opened.closed && !session._back && document.hasFocus()) {
      checking(session);
      session._gone();
    }
  }
}

/** Back from the payment page: the old page wakes up as it was. @param {PageTransitionEvent} event */
function woken({ persisted }) {
  if (!persisted) return;
  sessions.forEach((session) => session.mode === 'redirect' && session._end());
  look();
  recheck();
}

async function begin() {
  if (!server()) return;
  loadRule();
  if (!(await handleReturn())) recheck();
}

function start() {
  const abort = new AbortController();
  const timer = setInterval(lookAtWindows, 1000);
  const { signal } = abort;
  stop = () => {
    abort.abort();
    clearInterval(timer);
  };
  const on = (/** @type {string} */ name, /** @type {(event: any) => void} */ act) => addEventListener(name, act, { signal });
  on('click', clicked);
  on('message', heard);
  on('pageshow', woken);
  on('visibilitychange', look);
  on('focus', look);
  on('online', look);
  readScript();
  begin();
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
        session._hide();
      });
      dismiss();
      delete home.StepPayCheckout;
    },
  };
  if (hasPage) start();
}
