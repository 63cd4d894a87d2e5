// @ts-check
// The shopper's words, Korean and English, for what the server does not word: a verdict brings its own `message`.
// A merchant replaces any of them, and any verdict's sentence, with configure({ texts }).
import { locale, options } from './settings.js';

/** @type {Record<string, string>} Korean|English */
const TEXTS = {
  checking: '결제를 확인하고 있어요|Confirming your payment',
  unknown: '결제를 확인하고 있어요. 다시 결제하지 마세요|Confirming your payment. Do not pay again',
  unopened: '결제창을 열지 못했어요|Could not open payment',
  blocked: '결제창이 차단됐어요|The payment window was blocked',
  leave: '결제를 그만둘까요?|Leave payment?',
  stay: '계속 결제하기|Keep paying',
  quit: '그만두기|Leave',
  retry: '다시 시도|Try again',
  close: '닫기|Close',
  newTab: '새 탭에서 열기|Open in a new tab',
  order: '주문번호|Order',
};

/**
 * @param {string} key
 * @param {string} [message] the server's sentence
 * @returns {string}
 */
export const text = (key, message) =>
  options.texts?.[/** @type {import('../widget.js').TextKey} */ (key)] || message || (TEXTS[key] || TEXTS.unknown).split('|')[+(locale() !== 'ko')];
