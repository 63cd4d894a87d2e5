// Where the widget finds its server: an origin, or an origin with a path. The built file runs.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { file, shopPage } from './browser.mjs';

const CHECKOUT = 'A'.repeat(22);
const BASES = ['https://pay.shop.test', 'https://shop.test/steppay', 'https://shop.test:8443/a/v1/b'];
const settled = () => new Promise((resolve) => setImmediate(resolve));

/**
 * A page that opens a checkout in a tab: what it asked, and how a message is heard.
 * @param {string} src of the script tag
 * @param {string} served the address that our server wrote into the file
 * @param {object} [wishes] of the page
 */
async function shop(src, served, wishes) {
  const heard = {};
  const asked = [];
  const opened = { closed: false, location: { replace() {} } };
  const document = { documentElement: { lang: 'ko' }, querySelector: () => ({ src, dataset: {} }), dispatchEvent() {} };
  const fetch = async (url) => {
    asked.push(url);
    const body = url.endsWith('/v1/checkouts') ? { checkout: CHECKOUT, payUrl: 'https://pay.test/' } : { state: 'open' };
    return { status: 200, json: async () => body };
  };
  const own = { document, fetch, open: () => opened, addEventListener: (name, act) => (heard[name] = act) };
  const { home } = shopPage({}, () => {}, own, file('widget.js').replace('{server}', served));
  if (wishes) home.StepPayCheckout.configure(wishes);
  home.StepPayCheckout.open({ order: 'order_a', mode: 'tab' });
  for (let turn = 0; turn < 20; turn++) await settled();
  return { asked, say: (origin) => heard.message({ origin, source: opened, data: { checkout: CHECKOUT } }) };
}

for (const base of BASES) {
  const places = {
    'as our server wrote it, whatever hosts the file': ['https://cdn.test/v1/widget.js', base],
    'from the tag': [base + '/v1/widget.js?1', '{server}'],
    'from a pinned tag': [base + '/v1/widget-0123456789abcdef.js', '{server}'],
    'as the page says': ['https://cdn.test/x.js', '{server}', { server: base }],
    'as the page says, with a slash': ['https://cdn.test/x.js', 'https://other.test', { server: base + '/' }],
  };
  for (const [place, ways] of Object.entries(places)) {
    test(`every_question_goes_below_the_servers_address: ${base}, ${place}`, async () => {
      const { asked } = await shop(...ways);
      const last = asked.slice(-2);
      assert.deepEqual(last, [`${base}/v1/checkouts`, `${base}/v1/checkouts/${CHECKOUT}`]);
    });
  }

  test(`a_message_is_believed_from_the_servers_origin_and_no_other: ${base}`, async () => {
    const { asked, say } = await shop('', base);
    const { length } = asked;
    for (const origin of [base + '/x', base + '.evil.test', 'https://evil.test', 'null', '']) say(origin);
    await settled();
    assert.equal(asked.length, length);
    say(new URL(base).origin);
    await settled();
    assert.equal(asked.length, length + 1);
  });
}

test('a_page_whose_server_is_unknown_ignores_messages', async () => {
  const { asked, say } = await shop('', '{server}');
  say('https://evil.test');
  assert.deepEqual(asked, []);
});
