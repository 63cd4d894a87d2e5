// @ts-check
// What the shopper reads after payment (step 4 of StepPay's guide). One screen at a time; it changes in place, and as a
// live region says so.
import { button, el, show } from './dialog.js';
import { isPaid } from './backoff.js';
import { loadLook } from './look.js';
import { locale } from './settings.js';
import { text } from './i18n.js';

/** @typedef {import('../widget.js').Verdict} Verdict */

/** @type {HTMLElement | undefined} */
let box;
/** @type {HTMLElement} */
let words;
/** @type {HTMLElement} */
let foot;
let hide = () => {};
let escape = hide;
/** @type {(() => void) | undefined} fills the box with what is to be seen */
let draw;
/** @type {Element | null | undefined} */
let from;
let ready = false;

export function dismiss() {
  hide();
  box = draw = undefined;
}

/**
 * The box first, its words after its look: a screen reader speaks what changes in a live region, not what comes with it.
 * A framework that hydrates the whole document finds an early dialog, breaks and throws it away: the first one waits for
 * a settled document, and what was thrown away comes back.
 * @param {boolean} [settled] given once a second
 */
export function put(settled) {
  ready ||= /** @type {boolean} */ (settled);
  if (!ready || !draw) return;
  if (!box?.isConnected) {
    hide();
    [box, hide] = show('card', () => escape(), from);
    // Its name stays the same: a dialog that is named by the verdict would speak it twice.
    box.append((words = el('div', 'words')), (foot = el('div', 'buttons')));
    words.ariaLive = 'polite';
    loadLook().then(() => setTimeout(put));
  } else if (!settled) draw();
}

/**
 * @param {string} key which text, and which icon
 * @param {Element | null | undefined} origin gets the focus back
 * @param {[string, (() => unknown)?][]} buttons text key and act; the first is the main one; Escape means close or stay
 * @param {Partial<Verdict>} [verdict]
 */
export function screen(key, origin, buttons, verdict = {}) {
  const back = /refund/.test(key);
  const sum = back ? verdict.returnedAmount : /^paid|await/.test(key) && verdict.amount;
  let money = '';
  if (sum) {
    // As our return page writes it, whatever the browser's own language.
    money = sum.toLocaleString('en');
    money = verdict.currency !== 'KRW' ? money + ' ' + verdict.currency : locale() === 'ko' ? money + '원' : '₩' + money;
    if (back) money = text('refund') + ' ' + money;
  }
  from = origin;
  draw = () => {
    const { title: head, message } = verdict;
    // A message that begins with the title leaves it out.
    const [title, line] = text(key, head ? head + ('\n' + message).replace('\n' + head + '.', '\n') : message).split(/\n ?/);
    const more = el('p', 'text', line);
    if (key === 'checking') setTimeout(() => (more.textContent = text('slow')), 5000);
    words.textContent = foot.textContent = '';
    words.append(
      el('i', 'icon ' + key),
      el('h2', 'title', title),
      more,
      el('b', 'amount', money),
      el('small', 'order', verdict.orderCode && text('order') + ' ' + verdict.orderCode),
    );
    foot.append(
      ...buttons.map(([label, act]) => {
        const run = () => {
          dismiss();
          act?.();
        };
        return button(label, /close|stay/.test(label) ? (escape = run) : run);
      }),
    );
    /** @type {HTMLElement} */ (foot.firstChild).focus();
  };
  setTimeout(put);
}

/** We are asking; closing this only means: do not disturb. @param {import('./session.js').Session} session */
export const checking = (session) =>
  screen('checking', session._origin, [['close', () => (session._dismissed = true)]], /** @type {any} */ (session._claim));

/**
 * @param {import('./session.js').Session} session
 * @param {Verdict} verdict
 * @param {string} [key] default: the verdict, or why it is pending
 */
export function showVerdict(session, verdict, key = verdict.verdict === 'pending' ? verdict.reason : verdict.verdict) {
  if (session._dismissed && !isPaid(verdict)) return;
  // Offered only where a second payment cannot charge twice, and where it may help: an order that is refused stays so.
  const again = /^(failed|unopened(order|server))/.test(key + verdict.reason) || /^not_paid|^shopper/.test(verdict.reason);
  screen(key, session._origin, again ? [['retry', session._again], ['close']] : [['close']], verdict);
}
