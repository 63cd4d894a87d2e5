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

const VIEWS = [
  'Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148',
  'Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 musical_ly_33 JsSdk/2.0',
  'Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Twitter for iPhone/10.10',
  'Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 Version/17.0 Mobile/15E148 Safari/605.1 NAVER(inapp; search; 12)',
  'Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Safari Line/13.16.0',
  'Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36 Version/4.0 Chrome/118.0 Mobile Safari/537.36',
  'Mozilla/5.0 (Linux; Android 13; wv) AppleWebKit/537.36 Chrome/118.0 Mobile Safari/537.36',
  ...['DaumApps/7.5.0', 'BAND/15.0.1', 'trill_2023 BytedanceWebview/d8', 'TwitterAndroid', 'Instagram 309.0', '[FB_IAB/FB4A;]'].map(
    (app) => `Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36 Chrome/118.0 Mobile Safari/537.36 ${app}`,
  ),
];
const BROWSERS = [
  ...['', ' Edg/120.0.2210.91', ' OPR/106.0.0.0'].map(
    (name) => `Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/120.0 Safari/537.36${name}`,
  ),
  'Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36 SamsungBrowser/23.0 Chrome/115.0 Mobile Safari/537.36',
  'Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/120.0 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (Android 13; Mobile; rv:120.0) Gecko/120.0 Firefox/120.0',
];

test('a_view_inside_an_app_is_redirected_and_a_browser_is_not', () => {
  for (const agent of VIEWS) assert.equal(choose('tab', undefined, agent, 5), 'redirect', agent);
  for (const agent of BROWSERS) assert.equal(choose('tab', undefined, agent, 5), 'tab', agent);
});

test('in_somebodys_frame_a_tab_takes_the_place_of_a_redirect', () => {
  assert.equal(choose(undefined, undefined, ...DESKTOP, true), 'tab');
  assert.equal(choose('iframe', undefined, ...DESKTOP, true), 'iframe');
  assert.equal(choose('tab', undefined, ...KAKAO, true), 'redirect');
});

test('an_in_app_browser_is_always_redirected', () => {
  for (const wish of ['tab', 'popup', 'iframe', 'auto', undefined])
    assert.equal(choose(wish, RULE, ...KAKAO), 'redirect');
});
