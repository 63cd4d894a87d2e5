// @ts-check
// Payment inside the page: StepPay's page in an iframe, with a way out that works even when the frame stays empty
// (a frame refused by X-Frame-Options fires `load` like a working one).
import { button, el, show } from './dialog.js';
import { dismiss, screen } from './screens.js';
import { text } from './i18n.js';
import { loadLook, look } from './look.js';

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
  const page = el('div', 'page');
  const frame = el('iframe', 'frame');
  const shop = el('span', 'shop');
  const link = el('a', 'link', text('newTab'), () => frame.remove()); // two open payment pages invite paying twice
  const spinner = el('div', 'opening');
  spinner.role = 'status';
  loadLook().then(() => {
    spinner.textContent = text('opening'); // into a region that is there: so it is spoken
    shop.textContent = text('frame') + ' · ' + (look.shop?.name || location.host);
  });
  /** Asks in our box; window.confirm would stop the payment page too. */
  const leave = () => {
    if (!session._frame) session.close();
    else if (!link.isConnected) session._lost(); // back from StepPay: there is no payment left to cancel
    else if (session._emit('leave'))
      screen(session, 'leave', [
        ['stay'],
        ['quit', session.close],
      ]);
  };
  session._link = link;
  const [box] = show('window', null, session._origin, container);
  session._box = box;
  session._hide = () => {
    page.remove();
    dismiss(box);
  };
  box.prepend(page); // as below: a browser without it goes on by redirect
  page.append(shop, link, button('close', leave), spinner);
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
    page.prepend((session._frame = frame)); // Tab goes on from StepPay's page to our buttons
    frame.focus();
  };
}
