// @ts-check
// The shopper's words, Korean and English, for what the server does not word: a verdict brings its own `title` and `message`.
// A merchant replaces any of them, and any verdict's words, with configure({ texts }). A line break parts title and text.
import { look } from './look.js';
import { locale, options } from './settings.js';

/** Key, Korean, English. The first pair has no key: it is also for what has no words of its own, and while we are checking. */
const WORDS = (
  '결제를 확인하고 있습니다\n다시 결제하지 마세요.|Confirming your payment\nDo not pay again.' +
  '|opening||' +
  '|slow||' +
  '|frame|스텝페이 결제창|StepPay payment' +
  '|unopened|결제창을 열지 못했습니다|Could not open payment' +
  '|blocked|결제창이 차단되었습니다|Payment window blocked' +
  '|leave|결제를 중단하시겠습니까?|Cancel this payment?' +
  '|stay|계속 결제하기|Continue paying' +
  '|quit|중단하기|Cancel' +
  '|retry|다시 시도|Try again' +
  '|close|닫기|Close' +
  '|newTab|새 탭에서 열기|Open in a new tab' +
  '|order|주문번호|Order' +
  '|refund|환불 금액|Refunded'
).split('|');

/**
 * @param {string} key
 * @param {string} [message] the server's words
 * @returns {string}
 */
export const text = (key, message) =>
  options.texts?.[/** @type {import('../widget.js').TextKey} */ (key)] || message || look[locale()]?.[key] || WORDS[WORDS.indexOf(key) + (locale() === 'ko' ? 1 : 2)];
