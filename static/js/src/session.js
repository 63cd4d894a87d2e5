// @ts-check
// One checkout of one order: its events, its end. Opening and polling are in other modules.
// Names with an underscore are ours alone; the build shortens them.
import { request, unknown } from './api.js';
import { handOver } from './handOver.js';
import { markNotified } from './pendingCheckout.js';
import { isSettled } from './backoff.js';
import { checking, showVerdict } from './screens.js';

/** @typedef {import('../widget.js').Verdict} Verdict */
/** @typedef {import('../widget.js').OpenOptions} OpenOptions */

/** @type {Set<Session>} those that are not done */
export const sessions = new Set();
let count = 0;

/** @param {OpenOptions['order']} order @returns {Session | undefined} the one that is not done with this order */
export const running = (order) =>
  [...sessions].find((session) => session._options.order === order || session._claim.orderCode === order);

export class Session extends EventTarget {
  id = ++count + '';
  /** @type {import('../widget.js').CheckoutSession['mode']} */
  mode = 'auto';
  /** @type {import('../widget.js').CheckoutSession['state']} */
  state = 'opening';
  /** @type {number | undefined} */
  _back; // ms: when the shopper returned or closed the window; 0: still paying, as far as we know
  /** @type {boolean | undefined} */
  _dismissed; // the shopper dismissed us; only good news may show a screen
  /** @type {Window | null | undefined} */
  _window;
  /** @type {HTMLIFrameElement | undefined} */
  _frame;
  /** @type {import('./dialog.js').Box | undefined} the frame's, which a single-page shop may throw away */
  _box;
  /** @type {HTMLElement | undefined} the frame's way to another payment page, as long as there is one */
  _link;
  /** @type {boolean | undefined} */
  _gone; // the shopper's window or dialog
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  _timer;
  _hide = () => {};
  /** @type {(() => void) | undefined} lets another page of the shop follow the checkout */
  _releaseLock;
  /** @type {(askNow?: boolean) => unknown} */
  _check = () => {};
  /** @type {any} (verdict: Verdict) => void */
  _resolve;
  /** @type {Promise<Verdict>} never rejects */
  result = new Promise((resolve) => (this._resolve = resolve));

  /**
   * @param {OpenOptions} options
   * @param {Element | null | undefined} origin where the events start to bubble
   * @param {(options: OpenOptions, origin: Element | null | undefined) => unknown} open opens the same order again
   * @param {import('./returnUrl.js').Claim} [claim] of a checkout that was opened before
   */
  constructor(options, origin, open, claim = { orderCode: '' }) {
    super();
    /** What the server is asked about. */
    this._claim = claim;
    this._options = options;
    this._origin = origin;
    this._again = () => open({ ...options, order: this._claim.orderCode || options.order }, origin);
    this._busy('true');
    sessions.add(this);
  }

  focus() {
    (this._frame || this._window)?.focus();
  }

  /** Closing says nothing about payment: the server is asked for a while longer, without a screen. */
  close = () => {
    this._dismissed = true;
    if (this.state === 'opening') return this._fail('closed');
    this._closeWindow();
    this._windowClosed();
  };

  /** @returns {Promise<Verdict>} the server's verdict for exactly this order, else unknown */
  async verify() {
    const [status, body] = await request('/v1/verify', 15000, this._claim);
    return status === 200 && body.orderCode === this._claim.orderCode ? body : unknown(this._claim.orderCode, body.code, body.retryAfter);
  }

  /** The clicked element says that it is working. @param {'true' | null} busy */
  _busy(busy) {
    if (this._origin) this._origin.ariaBusy = busy;
  }

  /** The payment window is closed, or looks so. @returns {boolean | void} true: a screen about it disturbs no payment */
  _windowClosed() {
    if (this._gone || !sessions.has(this)) return;
    this._gone = true;
    this._back = Date.now();
    this._check(true);
    return this._emit('close');
  }

  /** The shopper did not choose to leave the payment: it is being confirmed. */
  _lost() {
    this._hide();
    if (this._windowClosed()) checking(this);
  }

  /** The shopper reached a return address: another payment page could charge twice. */
  _returned() {
    this._link?.remove();
    this.state = 'returned';
    this._back = Date.now();
    return this._emit('return');
  }

  /** Takes the payment window or dialog away. */
  _closeWindow() {
    this._hide();
    this._window?.close();
  }

  /**
   * @param {string} name
   * @param {object} [detail]
   * @returns {boolean} false: the merchant prevented the default
   */
  _emit(name, detail) {
    /** @param {EventTarget} target */
    const send = (target) =>
      target.dispatchEvent(new CustomEvent('steppay:' + name, { bubbles: true, composed: true, cancelable: true, detail }));
    const own = send(this);
    return send(this._origin?.isConnected ? this._origin : document) && own;
  }

  /** Ends without an event. @returns {boolean} false: it had ended before */
  _end() {
    if (this.state === 'opening') this._closeWindow();
    this._busy(null);
    clearTimeout(this._timer);
    this._releaseLock?.();
    return sessions.delete(this);
  }

  /** Nothing was opened. @param {string} code @param {() => void} [link] the way that is left */
  _fail(code, link) {
    if (!this._end()) return;
    const verdict = unknown(this._claim.orderCode, code);
    this._resolve(verdict);
    if (this._emit('error', { code, recoverable: !!link }) && !link) showVerdict(this, verdict, 'unopened');
    link?.();
  }

  /** The one place where a result is reported. The screen comes last: nothing may depend on it. @param {Verdict} verdict */
  _finish(verdict) {
    if (!this._end()) return;
    const settled = isSettled(verdict);
    this._resolve(verdict);
    markNotified(verdict.orderCode, settled);
    // The window stays: its return page shows the verdict, and in Chromium no script can close what has no opener.
    if (settled || this.state === 'returned') this._hide();
    this.state = 'settled';
    if (this._emit('result', verdict) && !handOver(/** @type {any} */ (this._origin), verdict)) showVerdict(this, verdict);
  }
}
