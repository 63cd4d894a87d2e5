// @ts-check
// The shopper's words, Korean and English, for what the server does not word: a verdict brings its own `title` and `message`.
// A merchant replaces any of them, and any verdict's words, with configure({ texts }). A line break parts title and text.
import { look } from './look.js';
import { locale, options } from './settings.js';

/** Key, Korean, English. The first pair, without a key, is for a key that is not here. */
const WORDS = (
  '||checking|결제 확인 중\n다시 결제하지 마세요.|Confirming\nDo not pay again.' +
  '|frame|결제|Payment' +
  '|unopened|열지 못했습니다|Could not open' +
  '|leave|결제 중단|Cancel?' +
  '|stay|계속|Continue' +
  '|quit|중단|Cancel' +
  '|retry|다시 시도|Retry' +
  '|close|닫기|Close' +
  '|newTab|새 탭 열기|New tab'
).split('|');

/**
 * @param {string} key
 * @param {string} [message] the server's words
 * @returns {string}
 */
export const text = (key, message) =>
  options.texts?.[/** @type {import('../widget.js').TextKey} */ (key)] || message || look[locale()]?.[key] || WORDS[WORDS.indexOf(key) + (locale() === 'ko' ? 1 : 2)];
