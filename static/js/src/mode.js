// @ts-check
// Which way a click opens payment. Pure: everything it looks at is an argument.

// In-app browsers swallow second windows and lose what happens in frames. Few say `; wv`, as Android's WebView should, or
// have the version of its old one; but a browser ends in `Safari/…`, or in its own name if it is one of these, and an app's
// view ends in the app's name (KakaoTalk, Naver, Daum, Band, TikTok, X, ...) or, on iOS, in nothing of the kind.
const IN_APP = /; wv|Version\/\S+ Chrome|AppleWebKit(?!.* Safari\/\S+( (Edg|OP|Ddg)\S+)*$)/;

/** @typedef {'redirect' | 'tab' | 'popup' | 'iframe'} Mode */
/**
 * @param {string | undefined} wish what the call, the element or the script tag says
 * @param {{mode?: string, modeMobile?: string} | undefined} rule the page rule, if it has arrived
 * @param {string} agent `navigator.userAgent`
 * @param {number} touches `navigator.maxTouchPoints`; an iPad calls itself a Mac
 * @param {boolean} [framed] the shop itself is framed by another page
 * @returns {Mode} redirect when no source names a known mode: it works everywhere
 */
export function choose(wish, rule, agent, touches, framed) {
  if (IN_APP.test(agent)) return 'redirect';
  const small = /Mobi|Android|iPad/.test(agent) || (/Mac/.test(agent) && touches > 1);
  const mode = wish || (small ? rule?.modeMobile : rule?.mode);
  if (mode === 'auto' && !small && !/^((?!Chrom).)*Safari/.test(agent)) return 'iframe';
  if (/^(tab|popup|iframe)$/.test(/** @type {string} */ (mode))) return /** @type {Mode} */ (mode);
  return framed ? 'tab' : 'redirect'; // a pay page may refuse to be framed, and the frame around us is not ours to leave
}
