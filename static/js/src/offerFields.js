// @ts-check
// What a shopper is asked for an offer. The browser judges the input, in our words; the server has the last one.
import { make, words } from './offerKit.js';

/**
 * @typedef {{offer: string, title: string, text: string | null, amount: number, currency: string,
 *   quantity: {min: number, max: number}, phone: 'none' | 'optional' | 'required', privacyUrl: string}} Offer
 * @typedef {Record<string, any>} Values by field
 */

/** @param {Offer} offer @param {Values} given @returns {any[]} rows of label, input and what is wrong with it */
export function fieldsOf({ phone, quantity: { min, max } }, given) {
  /** @param {string} id @param {string} label @param {object} more */
  const field = (id, label, more) => {
    const input = make('input', 'input', { id, name: id, required: true, ...more, value: given[id] || '' });
    input.setAttribute('aria-describedby', id + '!');
    return make('div', 'field', {}, make('label', 'label', { htmlFor: id }, label), input, make('small', 'error', { id: id + '!' }));
  };
  const rows = [
    field('name', words('이름', 'Name'), { autocomplete: 'name', pattern: '.*\\S.*' }),
    field('email', words('이메일', 'Email'), { autocomplete: 'email', type: 'email' }),
  ];
  if (phone !== 'none')
    rows.push(
      field('phone', words('휴대전화 번호', 'Phone number') + (phone === 'optional' ? words(' (선택)', ' (optional)') : ''), {
        autocomplete: 'tel',
        type: 'tel',
        pattern: '[+\\d][\\d \\(\\)\\-]{7,}',
        required: phone !== 'optional',
      }),
    );
  if (max > min) rows.push(field('quantity', words('수량', 'Quantity') + ` (${min}–${max})`, { type: 'number', inputMode: 'numeric', min, max }));
  return rows;
}

/** As our screens write it, whatever the browser's own language. @param {number} sum @param {string} currency */
export function money(sum, currency) {
  const number = sum.toLocaleString('en');
  return currency !== 'KRW' ? number + ' ' + currency : words(number + '원', '₩' + number);
}
