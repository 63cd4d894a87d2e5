// The sources' own order: who may import whom, so that any of them can be read, and loaded, alone.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';

const folder = new URL('../../static/js/src/', import.meta.url);
const names = readdirSync(folder).filter((name) => name.endsWith('.js'));
const imports = Object.fromEntries(
  names.map((name) => {
    const code = readFileSync(new URL(name, folder), 'utf8');
    return [name, [...code.matchAll(/^import .* from '\.\/(.*\.js)'/gm)].map(([, other]) => other)];
  }),
);

/** @returns {string[] | undefined} the way from a module back to itself */
function cycle(name, way = []) {
  if (way.includes(name)) return [...way, name];
  for (const other of imports[name]) {
    const found = cycle(other, [...way, name]);
    if (found) return found;
  }
}

test('no_module_imports_itself_by_way_of_others', () => {
  for (const name of names) assert.equal(cycle(name), undefined);
});

test('what_is_pure_imports_nothing', () => {
  for (const name of ['mode.js', 'pendingCheckout.js', 'returnUrl.js', 'backoff.js']) assert.deepEqual(imports[name], [], name);
});
