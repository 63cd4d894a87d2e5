import assert from 'node:assert/strict';
import { test } from 'node:test';
import { choose } from '../../static/js/src/mode.js';

const DESKTOP = ['Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/156.0 Safari/537.36', 0];
const SAFARI = ['Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 Version/19.0 Safari/605.1.15', 0];
const IPAD = ['Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 Version/19.0 Safari/605.1.15', 5];
const ANDROID = ['Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/156.0 Mobile Safari/537.36', 5];
const KAKAO = ['Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 Mobile/15E148 KAKAOTALK 11.0', 5];
const RULE = { mode: 'iframe', modeMobile: 'tab' };

test('a_wish_beats_the_rule_and_the_rule_beats_redirect', () => {
  const cases = [
    ['tab', RULE, DESKTOP, 'tab'],
    [undefined, RULE, DESKTOP, 'iframe'],
    [undefined, RULE, ANDROID, 'tab'],
    [undefined, RULE, IPAD, 'tab'],
    [undefined, undefined, DESKTOP, 'redirect'],
    ['modal', RULE, DESKTOP, 'redirect'],
    ['popup', undefined, SAFARI, 'popup'],
  ];
  for (const [wish, rule, here, mode] of cases) assert.equal(choose(wish, rule, ...here), mode);
});

test('auto_is_an_iframe_only_on_a_desktop_that_is_not_safari', () => {
  const modes = [DESKTOP, SAFARI, IPAD, ANDROID, KAKAO].map((here) => choose('auto', undefined, ...here));
  assert.deepEqual(modes, ['iframe', 'redirect', 'redirect', 'redirect', 'redirect']);
});

test('an_in_app_browser_is_always_redirected', () => {
  for (const wish of ['tab', 'popup', 'iframe', 'auto', undefined])
    assert.equal(choose(wish, RULE, ...KAKAO), 'redirect');
});
