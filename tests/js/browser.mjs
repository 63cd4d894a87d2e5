// A shop's page for the built widget: as much of a browser as it needs, and what Node 18, that of Debian 12, has not.
import { readFileSync } from 'node:fs';
import vm from 'node:vm';

export const SERVER = 'https://pay.shop.test';
export const file = (name) => readFileSync(new URL(`../../static/js/${name}`, import.meta.url), 'utf8');

const CustomEvent =
  globalThis.CustomEvent ??
  class extends Event {
    constructor(type, init) {
      super(type, init);
      this.detail = init?.detail ?? null;
    }
  };

/**
 * The widget runs in it; `asked` are its questions to our server so far.
 * @param {Record<string, [number, object]>} answers of our server, by path; any other is 404
 * @param {(event: CustomEvent) => unknown} hear every event that the widget fires at the document
 * @param {object} [own] what this page has of its own, beside or instead of the usual
 * @param {string} [code] the script, as our server serves it
 */
export function shopPage(answers, hear, own, code = file('widget.js')) {
  const asked = [];
  const home = {
    ...{ URL, URLSearchParams, EventTarget, CustomEvent, AbortController, AbortSignal },
    ...{ setTimeout() {}, clearTimeout() {}, setInterval() {}, clearInterval() {}, addEventListener() {} },
    ...{ navigator: { userAgent: '', language: 'ko' }, history: {}, location: new URL('https://shop.test/') },
    document: {
      documentElement: { lang: 'ko' },
      querySelector: (css) => (/offer/.test(css) ? null : { src: `${SERVER}/v1/widget.js`, dataset: {} }),
      dispatchEvent: hear,
    },
    open: () => ({ closed: false, location: { replace() {} } }),
    async fetch(url) {
      const path = url.slice(SERVER.length);
      asked.push(path);
      const [status, body] = answers[path] || [404, {}];
      return { status, json: async () => body };
    },
    ...own,
  };
  home.window = home.self = home.top = home;
  vm.runInNewContext(code, home);
  return { home, asked };
}
