// @ts-check
// The script tag's entry: one global, one click listener, a few page events. Importable without a DOM.
// The order of the imports is the one that packs best.
import { options, readScript } from './settings.js';
import { canShow } from './dialog.js';
import { loadRule } from './pageRules.js';
import { handleReturn, recheck } from './resume.js';
import { sessions } from './session.js';
import { offer } from './offerFile.js';
import { dismiss, put } from './screens.js';
import { open } from './open.js';

const home = /** @type {{StepPayCheckout?: import('../widget.js').StepPayCheckout, document?: Document}} */ (globalThis);
const hasPage = !!home.document;
/** @type {string | undefined} of the page that was begun */
let path;
let cleanings = 5; // some do so at each of their renderings, which would never end
let ticks = 0;
/** @type {ReturnType<typeof setInterval> | undefined} */
let timer;
/** @type {unknown} false: no click is taken, so the link pays and our return page says the verdict */
let able;

/**
 * Called in the capture phase and, unless a listener stops the event, in the bubble phase. The page's own listeners come
 * first: a click that one of them prevented is not ours. A click that one of them stops (mostly in a modal) is taken at
 * that moment and opens the checkout after all listeners ran, unless one of them prevents it then.
 * @param {MouseEvent} event
 */
function clicked(event) {
  // Through shadow roots, and also for a script's event at the document or the window.
  const origin = /** @type {HTMLElement[]} */ (event.composedPath()).find((node) => node.matches?.('[data-steppay-order],[data-steppay-offer]'));
  if (!able || !origin || !options.server || event.button) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const { steppayOrder: order, mode, container } = origin.dataset;
  const pay = () => (order == null ? offer(origin) : open(/** @type {any} */ ({ order, mode, container }), origin));
  /** @param {() => unknown} act */
  const take = (act) => {
    if (event.defaultPrevented) return;
    event.preventDefault();
    act();
  };
  if (event.eventPhase > 2) return take(pay);
  for (const name of /** @type {const} */ (['stopPropagation', 'stopImmediatePropagation'])) {
    const stop = event[name];
    event[name] = () => {
      stop.call(event);
      take(() => {
        const later = setTimeout(pay);
        event.preventDefault = () => clearTimeout(later);
      });
    };
  }
}

/** Keys over our modal dialog are not for the shop: its Escape, its shortcuts, its hold on Tab. @param {KeyboardEvent} event */
function pressed(event) {
  if (document.querySelector('html>steppay-checkout')?.shadowRoot) event.stopImmediatePropagation();
}

/**
 * A message is a hint to look, never a result. It comes from our return page, so nothing is left to pay in that frame;
 * `close`: the shopper goes back to the shop, which lies behind it.
 * @param {MessageEvent} event
 */
function onMessage(event) {
  for (const session of sessions) {
    if (event.source !== (session._frame?.contentWindow || session._window)) continue;
    if (event.data?.checkout !== session._claim.checkout || event.origin !== new URL(/** @type {string} */ (options.server)).origin) continue;
    session._link?.remove();
    session._check();
    if (event.data.type === 'close') session._lost();
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
  listen();
  // also where a framework put the return's parameters back
  if (path !== location.pathname || (cleanings && /[?&#;]steppay_return=/.test(location.href) && cleanings--)) begin();
  for (const session of sessions) {
    if (session._gone || (session._box ? session._box.isConnected : !session._window?.closed)) continue;
    session._hide(); // what a framework threw away holds the page's scrolling
    // `closed` is wrong under COOP: it counts only while the shopper is here, and it only makes us ask.
    if (document.hasFocus()) session._lost();
  }
  const settled = /** @type {boolean} */ (able && (document.readyState === 'complete' || ++ticks > 3));
  if (settled && document.querySelector('[data-steppay-offer]')) offer();
  put(settled);
}

/** Back from the payment page: the page is restored from the back/forward cache. @param {PageTransitionEvent} event */
function onPageShow(event) {
  if (!event.persisted) return;
  sessions.forEach((session) => session.mode === 'redirect' && session._end());
  look();
}

/** A new page, also one that a single-page shop only drew. */
async function begin() {
  path = location.pathname;
  if (!options.server) return;
  const back = handleReturn();
  loadRule();
  if (!(await back)) recheck();
}

/** @type {Record<string, (event: any) => void>} */
const EVENTS = {
  click: clicked,
  keydown: pressed,
  keyup: pressed,
  message: onMessage,
  pageshow: onPageShow,
  visibilitychange: look,
  focus: look,
  online: look,
};

/**
 * Again and again, which changes nothing: `document.open()` takes all listeners away. Clicks and keys also before another
 * script can stop them.
 * @param {typeof addEventListener} [act]
 */
function listen(act = addEventListener) {
  for (const name in EVENTS) {
    act(name, EVENTS[name]);
    act(name, EVENTS[name], /^[ck]/.test(name));
  }
}

function start() {
  readScript();
  begin();
  able = canShow();
  timer = setInterval(tick, 1000);
  listen();
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
      clearInterval(timer);
      if (hasPage) listen(removeEventListener);
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
