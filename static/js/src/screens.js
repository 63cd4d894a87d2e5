// @ts-check
// What the shopper reads after payment (step 4 of StepPay's guide). One screen at a time; it changes in place, and as a
// live region says so.
import { button, el, show } from './dialog.js';
import { isPaid } from './schedule.js';
import { locale } from './settings.js';
import { text } from './texts.js';

/** @typedef {import('../widget.js').Verdict} Verdict */

/** @type {HTMLElement | undefined} */
let box;
let hide = () => {};
let escape = () => {};

export function dismiss() {
  hide();
  box = undefined;
}

/**
 * @param {string} key which text, and which icon
 * @param {Element | null | undefined} origin gets the focus back
 * @param {[string, (() => unknown)?][]} buttons text key and act; the first is the main one; Escape means close or stay
 * @param {Partial<Verdict>} [verdict]
 */
export function screen(key, origin, buttons, { orderCode, currency, amount, returnedAmount, message } = {}) {
  if (!box) {
    [box, hide] = show('card', () => escape(), origin);
    box.ariaLive = 'polite';
  }
  const title = (box.ariaLabel = text(key, message));
  const sum = /refund/.test(key) ? returnedAmount : /^(paid|await)/.test(key) && amount;
  const money = sum && currency && new Intl.NumberFormat(locale(), { style: 'currency', currency }).format(sum);
  box.replaceChildren(
    el('i', 'icon ' + key),
    el('b', 'title', title),
    el('b', 'amount', money || ''),
    el('small', 'order', orderCode && text('order') + ' ' + orderCode),
    ...buttons.map(([label, act]) => {
      const run = () => {
        dismiss();
        act?.();
      };
      if (/close|stay/.test(label)) escape = run;
      return button(label, run);
    }),
  );
  /** @type {HTMLElement} */ (box.querySelector('button')).focus();
}

/** We are asking; closing this only means: do not disturb. @param {import('./session.js').Session} session */
export const checking = (session) => screen('checking', session._origin, [['close', () => (session._quiet = true)]]);

/**
 * @param {import('./session.js').Session} session
 * @param {Verdict} verdict
 * @param {string} [key] default: the verdict, or why it is pending
 */
export function showVerdict(session, verdict, key = verdict.verdict === 'pending' ? verdict.reason : verdict.verdict) {
  if (session._quiet && !isPaid(verdict)) return;
  /** @type {[string, (() => unknown)?][]} */
  const buttons = [['close']];
  // Offered only where a second payment cannot charge twice.
  if (/failed|unopened/.test(key) || /^not_paid|^shopper/.test(verdict.reason))
    buttons.unshift(['retry', session._again]);
  screen(key, session._origin, buttons, verdict);
}
