// @ts-check
// Who buys, and how many. The click on its button opens payment.
import css from './offer.css';
import { fieldsOf, money } from './offerFields.js';
import { make, show, text, words } from './offerKit.js';

/** @typedef {import('./offerFields.js').Offer} Offer */
/** @typedef {import('./offerFields.js').Values} Values */
/** @typedef {(values: Values, ended: (errors?: object) => void) => {close(): void}} Pay `ended`: nothing is being opened; with errors: there is no order */

const sheet = new CSSStyleSheet();
sheet.replaceSync(css);
let away = () => {};

export const hide = () => away();

/** @param {HTMLElement} origin @param {Offer} offer @param {Pay} pay @param {object} [refused] what the server said */
export function fill(origin, offer, pay, refused) {
  /** @type {ReturnType<Pay> | undefined} */
  let opening;
  hide();
  const [box, gone] = show('card form', () => (opening?.close(), gone()), origin);
  away = gone;
  const root = /** @type {ShadowRoot} */ (box.getRootNode());
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  const amount = make('b', 'amount', { ariaLive: 'polite' });
  const problem = make('small', 'error', { role: 'alert' });
  const submit = make('button', 'button pay', {});
  const rows = fieldsOf(offer, { quantity: offer.quantity.min, ...origin.dataset });
  const values = () => /** @type {Values} */ (Object.fromEntries(new FormData(form)));
  /** What is wrong with a row, and what all costs. @param {HTMLElement} row @param {unknown} [wrong] */
  const say = ({ children: [, input, note] }, wrong) => {
    note.textContent = wrong ? words('올바르게 입력해 주세요.', 'Please check this.') : '';
    input.ariaInvalid = wrong ? 'true' : null;
    const sum = money(offer.amount * (values().quantity || offer.quantity.min), offer.currency);
    amount.textContent = sum;
    submit.textContent = offer.amount ? words(sum + ' 결제하기', 'Pay ' + sum) : words('신청하기', 'Continue');
    return wrong;
  };
  /** @param {any} [errors] of the server @returns {boolean} whether nothing is wrong */
  const allRight = (errors) => {
    const [wrong] = rows.filter((row) => {
      const { id, validity } = row.children[1];
      return say(row, errors ? errors['customer.' + id] || errors[id] : !validity.valid);
    });
    problem.textContent =
      errors && !wrong
        ? words('주문하지 못했습니다. 결제되지 않았으니 다시 시도해 주세요.', 'No order, no charge. Please try again.')
        : '';
    (wrong ? wrong.children[1] : submit).focus();
    return !wrong;
  };
  const form = make(
    'form',
    '',
    {
      noValidate: true,
      oninput: (/** @type {any} */ event) => say(event.target.parentNode),
      onsubmit: (/** @type {Event} */ event) => {
        event.preventDefault();
        if (opening || !allRight()) return;
        submit.ariaBusy = 'true';
        opening = pay(values(), (errors) => {
          opening = undefined;
          submit.ariaBusy = null;
          if (errors && box.isConnected) allRight(errors);
        });
      },
    },
    make(
      'div',
      'words',
      {},
      make('h2', 'title', {}, (box.ariaLabel = offer.title)),
      make('p', 'text', {}, offer.text || ''),
      amount,
      ...rows,
      make(
        'small',
        'consent',
        {},
        offer.phone === 'none'
          ? words('결제를 위해 이름과 이메일이 스텝페이에 전달됩니다. ', 'Your name and email go to StepPay for the payment. ')
          : words('결제를 위해 이름, 이메일, 전화번호가 스텝페이에 전달됩니다. ', 'Your name, email and phone number go to StepPay for the payment. '),
        make('a', '', { href: offer.privacyUrl, target: '_blank' }, words('개인정보 처리방침', 'Privacy policy')),
      ),
      problem,
    ),
    make('div', 'buttons', {}, submit, make('button', 'button close', { type: 'button', onclick: gone }, text('close'))),
  );
  box.append(form);
  rows.map((row) => say(row));
  rows[0].children[1].focus();
  if (refused) allRight(refused);
}
