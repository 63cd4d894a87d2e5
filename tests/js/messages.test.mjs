// What a page, a frame or an extension may send us by postMessage, and what the return page sends. The built files run.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import vm from 'node:vm';
import { SERVER, file, shopPage } from './browser.mjs';

const CHECKOUT = 'A'.repeat(22);
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** A shop's page with one open payment window; `asked` are the questions to our server so far. */
async function shop() {
  const heard = {};
  const told = [];
  const opened = { closed: false, location: { replace() {} } };
  const answers = {
    '/v1/checkouts': [201, { checkout: CHECKOUT, payUrl: 'https://pay.test/' }],
    [`/v1/checkouts/${CHECKOUT}`]: [200, { state: 'open', verdict: null }],
  };
  const { home, asked } = shopPage(answers, ({ type }) => told.push(type), {
    addEventListener: (name, act) => (heard[name] = act),
    open: () => opened,
  });
  const session = home.StepPayCheckout.open({ order: 'order_a', mode: 'tab' });
  while (asked.at(-1) !== `/v1/checkouts/${CHECKOUT}`) await settled();
  await settled();
  return { asked, told, session, opened, say: (message) => heard.message(message) };
}

const HINT = { source: 'steppay-checkout', type: 'return', checkout: CHECKOUT };
const FORGED = [
  ['another origin', ({ opened }) => ({ origin: 'https://evil.tld', source: opened, data: HINT })],
  ['a look-alike origin', ({ opened }) => ({ origin: SERVER + '.evil.tld', source: opened, data: HINT })],
  ['no origin', ({ opened }) => ({ origin: 'null', source: opened, data: HINT })],
  ['StepPay itself', ({ opened }) => ({ origin: 'https://pay.test', source: opened, data: HINT })],
  ['another window', () => ({ origin: SERVER, source: {}, data: HINT })],
  ['no window', () => ({ origin: SERVER, source: null, data: HINT })],
  ['another checkout', ({ opened }) => ({ origin: SERVER, source: opened, data: { ...HINT, checkout: 'B'.repeat(22) } })],
  ...[null, undefined, '', 'paid', 7, [], { action: 'payment-complete', orderId: 1 }, { verdict: 'paid' }].map((data) => [
    `the shape ${JSON.stringify(data)}`,
    ({ opened }) => ({ origin: SERVER, source: opened, data }),
  ]),
];

test('RT_05_a_forged_message_is_ignored', async (each) => {
  for (const [name, forge] of FORGED) {
    await each.test(name, async () => {
      const page = await shop();
      const before = page.asked.length;
      page.say(forge(page));
      await settled();
      assert.equal(page.asked.length, before);
      assert.equal(page.session.state, 'open');
    });
  }
});

test('RT_05_a_true_message_only_asks_the_server_and_its_verdict_is_not_believed', async () => {
  const page = await shop();
  const before = page.asked.length;
  page.say({ origin: SERVER, source: page.opened, data: { ...HINT, verdict: { verdict: 'paid', fulfill: true } } });
  await settled();
  assert.deepEqual(page.asked.slice(before), [`/v1/checkouts/${CHECKOUT}`]);
  assert.deepEqual([page.session.state, page.told.includes('steppay:result')], ['open', false]);
});

function returnPage(dataset, { framed = false, name = '' } = {}) {
  const sent = [];
  const shopWindow = { postMessage: (...message) => sent.push(message) };
  const window = { opener: framed ? null : shopWindow, name };
  window.parent = framed ? shopWindow : window;
  const status = { textContent: '' };
  const main = { querySelector: (css) => (css === '[role=status]' ? status : null) };
  const document = { body: { dataset }, querySelector: () => main };
  vm.runInNewContext(file('return.js'), { window, document, clearTimeout() {}, setInterval() {} });
  return { sent, window };
}

test('RT_04_the_return_page_tells_the_exact_origin_and_no_verdict', () => {
  for (const framed of [true, false]) {
    const { sent, window } = returnPage({ checkout: CHECKOUT, origin: 'https://shop.test', mode: 'tab' }, { framed });
    assert.deepEqual(JSON.parse(JSON.stringify(sent)), [[HINT, 'https://shop.test']]);
    assert.equal(window.name, '');
  }
});

test('RT_04_without_a_known_origin_no_window_is_notified', () => {
  assert.deepEqual(returnPage({ checkout: CHECKOUT }).sent, []);
});
