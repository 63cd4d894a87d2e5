// @ts-check
// Payment inside the page: StepPay's page in an iframe, with a way out that works even when the frame stays empty
// (a frame refused by X-Frame-Options fires `load` like a working one).
import { button, el, show } from './dialog.js';
import { screen } from './screens.js';
import { text } from './i18n.js';
import { loadLook } from './look.js';

// Everywhere: pay links redirect, and a name without a sign would hold for the first origin only. Pay pages copy account
// numbers, and Korean security programs listen on this very computer, which Chrome 142 closed to frames.
const ALLOWED = 'payment *;clipboard-write *;local-network-access *;loopback-network *';

/**
 * @param {import('./session.js').Session} session
 * @returns {(payUrl: string) => void} loads the payment page
 */
export function openFrame(session) {
  let container = /** @type {any} */ (session._options.container);
  try {
    if (!container?.append) container = document.querySelector(container);
  } catch {
    container = null; // no selector, as if there were no such element: a dialog
  }
  const frame = el('iframe', 'frame');
  const link = el('a', 'link', text('newTab'), () => frame.remove()); // two open payment pages invite paying twice
  const spinner = el('div', 'opening');
  spinner.role = 'status';
  spinner.append(el('i', 'icon checking'));
  loadLook().then(() => spinner.append(text('opening'))); // into a region that is there: so it is spoken
  /** Asks in a dialog of its own; window.confirm would stop the payment page too. */
  const leave = () => {
    if (!session._frame) return session.close();
    if (!link.isConnected) return session._lost(); // back from StepPay: there is no payment left to cancel
    if (session._emit('leave'))
      screen('leave', frame, [
        ['stay'],
        ['quit', session.close],
      ]);
  };
  session._link = link;
  [session._box, session._hide] = show('window', leave, session._origin, container);
  session._box.prepend(link, button('close', leave), spinner); // as below: a browser without it goes on by redirect
  frame.title = text('frame');
  return (payUrl) => {
    link.href = frame.src = payUrl;
    link.target = '_blank'; // browsers imply noopener
    frame.allow = ALLOWED;
    frame.onload = () => {
      frame.onload = null; // the return page loads in it later
      spinner.remove(); // a page without a background would let it shine through
      session._emit('ready');
    };
    /** @type {HTMLElement} */ (session._box).prepend((session._frame = frame)); // Tab goes on from StepPay's page to our buttons
    frame.focus();
  };
}
