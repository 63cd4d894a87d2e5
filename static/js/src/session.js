// @ts-check
// One checkout of one order: its events, its end. Opening and watching live beside it.
// Names with an underscore are ours alone; the build shortens them.
import { unknown, verify } from './api.js';
import { forget } from './pending.js';
import { isSettled } from './schedule.js';
import { showVerdict } from './screens.js';

/** @typedef {import('../widget.js').Verdict} Verdict */
/** @typedef {import('../widget.js').OpenOptions} OpenOptions */

/** @type {Set<Session>} those that are not done */
export const sessions = new Set();
let count = 0;

export class Session extends EventTarget {
  /**
   * @param {OpenOptions} options
   * @param {Element | null | undefined} origin where the events start to bubble
   * @param {(options: OpenOptions, origin: Element | null | undefined) => unknown} open opens the same order again
   */
  constructor(options, origin, open) {
    super();
    this.id = ++count + '';
    /** @type {import('../widget.js').CheckoutSession['mode']} */
    this.mode = 'auto';
    /** @type {import('../widget.js').CheckoutSession['state']} */
    this.state = 'opening';
    this._options = options;
    this._origin = origin;
    this._again = () => open({ ...options, order: this._claim.orderCode || options.order }, origin);
    /** @type {import('./returns.js').Claim} */
    this._claim = { orderCode: '' };
    this._back = 0; // ms: when the shopper returned or closed the window; 0: still paying, as far as we know
    this._quiet = false; // the shopper dismissed us; only good news may show a screen
    /** @type {Window | null | undefined} */
    this._window = undefined;
    /** @type {HTMLIFrameElement | undefined} */
    this._frame = undefined;
    this._hide = () => {};
    /** @type {(curious?: boolean) => unknown} */
    this._check = () => {};
    /** @type {Promise<Verdict>} never rejects */
    this.result = new Promise((resolve) => (this._resolve = resolve));
    sessions.add(this);
  }

  focus() {
    const target = this._frame || this._window;
    if (target) target.focus();
  }

  /** Closing says nothing about payment: the server is asked for a while longer, without a screen. */
  close() {
    this._quiet = true;
    if (this.state === 'opening') return this._fail('closed');
    this._shut();
    this._gone();
  }

  /** @returns {Promise<Verdict>} */
  verify() {
    return verify(this._claim);
  }

  /** The payment window is closed, or looks so. */
  _gone() {
    if (this._back || !sessions.has(this)) return;
    this._back = Date.now();
    this._emit('close');
    this._check(true);
  }

  /** The shopper reached a return address. */
  _returned() {
    this.state = 'returned';
    this._back = Date.now();
    this._emit('return');
  }

  /** Takes the payment window or dialog away. */
  _shut() {
    this._hide();
    if (this._window) this._window.close();
  }

  /**
   * @param {string} name
   * @param {object} [detail]
   * @returns {boolean} false: the merchant prevented the default
   */
  _emit(name, detail) {
    const origin = this._origin;
    const event = { bubbles: true, composed: true, cancelable: /result|blocked/.test(name), detail };
    const own = this.dispatchEvent(new CustomEvent((name = 'steppay:' + name), event));
    return (origin && origin.isConnected ? origin : document).dispatchEvent(new CustomEvent(name, event)) && own;
  }

  /** Ends without a word. @returns {boolean} false: it had ended before */
  _end() {
    return sessions.delete(this);
  }

  /** Nothing was opened. @param {string} code */
  _fail(code) {
    if (!this._end()) return;
    const verdict = unknown(this._claim.orderCode, { code });
    this._shut();
    this._emit('error', { code, recoverable: false });
    showVerdict(this, verdict, 'unopened');
    this._resolve(verdict);
  }

  /** The one place where a result is reported. @param {Verdict} verdict */
  _finish(verdict) {
    if (!this._end()) return;
    const settled = isSettled(verdict);
    if (settled) forget();
    // The window stays: its return page shows the verdict, and Chromium lets nobody close what has no opener.
    if (settled || this.state === 'returned') this._hide();
    this.state = 'settled';
    if (this._emit('result', verdict)) showVerdict(this, verdict);
    this._resolve(verdict);
  }
}
