// @ts-check
// What the shopper reads around a payment (step 4 of StepPay's guide). One screen at a time. It takes the place of the
// payment page in the same box, changes in place, and as a live region says so.
import { button, el, show } from './dialog.js';
import { isPaid } from './backoff.js';
import { loadLook, look } from './look.js';
import { options } from './settings.js';
import { text } from './i18n.js';

/** @typedef {import('../widget.js').Verdict} Verdict */

/** @type {import('./dialog.js').Box | undefined} where the screen is */
let at;
/** @type {(() => void) | undefined} fills the box with what is to be seen */
let draw;
/** @type {Element | null | undefined} */
let from;
/** @type {boolean | undefined} the document is settled */
let ready;

/** Empties the box; its class and part say what is in it. @param {import('./dialog.js').Box} box @param {string} name */
function turn(box, name) {
  const foot = /** @type {HTMLElement} */ (box.lastChild);
  const words = /** @type {HTMLElement} */ (foot.previousSibling);
  Object.assign(box, { className: name, part: name });
  words.textContent = foot.textContent = '';
  return [words, foot];
}

/** Gives a payment page that is still there its box back, else takes the box away. @param {typeof at} [only] no other one */
export function dismiss(only = at) {
  if (only === at) draw = at = undefined;
  if (only?.children[2]) {
    turn(only, 'window');
    /** @type {any} */ (only.firstChild).firstChild.focus();
  } else only?._hide();
}

/**
 * The box first, its words after its look. A framework that hydrates the whole document finds an early dialog, breaks and
 * throws it away: the first one waits for a settled document, and what was thrown away comes back.
 * @param {boolean} [settled] given once a second
 */
export function put(settled) {
  ready ||= /** @type {boolean} */ (settled);
  if (!draw) return;
  if (at?.isConnected) return settled || draw();
  if (!ready) return;
  if (at) at._appear();
  else [at] = show('card', null, from);
  loadLook().then(() => setTimeout(put));
}

/** @param {string} part @param {string | undefined} label @param {string | undefined} url of a page, tel: or mailto:; any other is left out */
const way = (part, label, url) =>
  /^[/hmt]/.test(/** @type {string} */ (url)) ? Object.assign(el('a', part, label), { href: url }) : '';

/**
 * @param {import('./session.js').Session} session
 * @param {string} key which text, and which icon
 * @param {[string, (() => unknown)?][]} buttons text key and act; the first is the main one; Escape means close or stay
 * @param {Partial<Verdict>} [verdict]
 */
export function screen(session, key, buttons, verdict = {}) {
  const own = session._box;
  // Not over another checkout's payment page.
  if (own ? own !== at : at?.children[2]) dismiss();
  from = session._origin;
  draw = () => {
    const [words, foot] = turn(/** @type {any} */ (at), 'card');
    const { title: head, message, currency } = verdict;
    const back = /refund/.test(key);
    const sum = back ? verdict.returnedAmount : /^paid|await/.test(key) && verdict.amount;
    const { support, ordersUrl } = { ...look.shop, ...options };
    // A message that begins with the title leaves it out.
    const [title, line] = (text(key, head ? head + ('\n' + message).replace('\n' + head + '.', '\n') : message) || text(/** @type {string} */ (verdict.orderCode && 'checking'))).split(/\n ?/);
    const more = el('p', 'text', line);
    if (key === 'checking') setTimeout(() => (more.textContent = text('slow')), 5000);
    words.append(
      el('i', 'icon ' + key),
      el('h2', 'title', title),
      more,
      // As our return page writes it, whatever the browser's own language.
      el('b', 'amount', sum ? (back ? text('refund') + ' ' : '') + (text(/** @type {any} */ (currency)) || '0 ' + currency).replace('0', sum.toLocaleString('en')) : ''),
      el('small', 'order', verdict.orderCode && text('order') + ' ' + verdict.orderCode),
    );
    foot.append(
      /^paid|no_ch|await|refund/.test(key) ? way('button orders', text('orders'), ordersUrl) : '',
      ...buttons.map(([label, act]) =>
        button(label, () => {
          dismiss();
          act?.();
        }),
      ),
      /^(failed|mis|un)/.test(key) ? way('support', support?.label, support?.url) : '',
    );
    /** @type {HTMLElement} */ (foot.children[0]).focus();
  };
  at = own || at;
  // No timer: the tick could come before it and put the screen as well, which would then be spoken twice.
  Promise.resolve().then(() => put());
}

/** We are asking; closing this only means: do not disturb. @param {import('./session.js').Session} session */
export const checking = (session) =>
  screen(session, 'checking', [['close', () => (session._dismissed = true)]], /** @type {any} */ (session._claim));

/**
 * @param {import('./session.js').Session} session
 * @param {Verdict} verdict
 * @param {string} [key] default: the verdict, or why it is pending
 */
export function showVerdict(session, verdict, key = verdict.verdict === 'pending' ? verdict.reason : verdict.verdict) {
  if (session._dismissed && !isPaid(verdict)) return;
  // Offered only where a second payment cannot charge twice, and where it may help: an order that is refused stays so.
  const again = /^failed|unopened(order|server)|not_paid|shopper/.test(key + verdict.reason);
  screen(session, key, again ? [['retry', session._again], ['close']] : [['close']], verdict);
}
