// @ts-check
// Fetches the rule of the page, once for each path.
import { request } from './api.js';
import { options, rules } from './settings.js';

/** @type {Record<string, Promise<void>>} */
const asked = {};

/** For 1.5 s at most: a click may be waiting. A question that failed is asked again next time. */
export function loadRule() {
  const path = location.pathname;
  return (asked[path] ||= request('/v1/pages?' + new URLSearchParams({ path }), 1500).then(([status, body]) => {
    if (status === 200) options.payUrl = (rules[path] = body).payUrl;
    else delete asked[path];
  }));
}
