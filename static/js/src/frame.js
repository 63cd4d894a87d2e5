// @ts-check
// Payment inside the page: StepPay's page in an iframe, with a way out that works even when the frame stays empty
// (a frame refused by X-Frame-Options fires `load` like a working one).
import { button, el, show } from './dialog.js';
import { screen } from './screens.js';
import { text } from './texts.js';

/**
 * @param {import('./session.js').Session} session
 * @returns {(payUrl: string) => void} loads the payment page
 */
export function openFrame(session) {
  const frame = el('iframe', 'frame');
  const link = el('a', 'link', text('newTab'));
  const spinner = el('i', 'checking');
  const close = () => session.close();
  /** Asks in a dialog of its own; window.confirm would stop the payment page too. */
  const leave = () => {
    if (!session._frame) return close();
    screen('leave', frame, [
      ['stay', () => {}],
      ['quit', close],
    ]);
  };
  const { _box: box, _hide } = show('window', leave, session._origin);
  session._hide = _hide;
  box.append(link, button('close', leave), spinner);
  box.ariaLabel = frame.title = 'StepPay';
  return (payUrl) => {
    link.href = frame.src = payUrl;
    link.target = '_blank'; // browsers imply noopener
    link.onclick = () => frame.remove(); // two open payment pages invite paying twice
    frame.allow = 'payment';
    frame.onload = () => spinner.remove(); // a page without a background would let it shine through
    box.append((session._frame = frame));
    frame.focus();
  };
}
