import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import vm from 'node:vm';

const script = new vm.Script(readFileSync(new URL('../../static/js/widget.js', import.meta.url), 'utf8'));
const load = (home) => script.runInContext(vm.isContext(home) ? home : vm.createContext(home));

test('the_widget_loads_without_a_dom_and_twice_without_harm', () => {
  const home = { EventTarget };
  load(home);
  const first = home.StepPayCheckout;
  load(home);
  assert.equal(home.StepPayCheckout, first);
  assert.deepEqual(Object.keys(first), ['configure', 'open', 'handleReturn', 'destroy']);
  first.configure({ locale: 'ko' });
});
