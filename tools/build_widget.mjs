// Builds static/js/widget.js, screens.json and, for offers, widget-offer.js from static/js/src. `--check` only compares: the
// committed files must be fresh and small.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build, transform } from 'esbuild';
import { minify } from 'terser';

// Bytes after gzip: a shop's page pays for every one of them.
const LIMIT = 7000;
const OFFER_LIMIT = 2700;
const SCREENS_LIMIT = 2700;
const path = (name) => fileURLToPath(new URL('../static/js/' + name, import.meta.url));

/** The style sheet travels inside the script as a minified string. */
const styles = {
  name: 'styles',
  setup(build) {
    build.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      return { contents: await sheet(path), loader: 'text' };
    });
  },
};

async function sheet(path) {
  const { code } = await transform(await readFile(path, 'utf8'), { loader: 'css', minify: true, target: 'chrome123', charset: 'utf8' });
  return code.trim().replace(/([:,]) | (\/) /g, '$1$2');
}

/** What our server adds when a checkout opens: the screens' look, and words that explain. */
async function screens() {
  const words = JSON.parse(await readFile(path('src/screens.json'), 'utf8'));
  return JSON.stringify({ css: await sheet(path('src/screens.css')), ...words }) + '\n';
}

/** A class field without a value only tells the type checker that there is one. */
const fields = {
  name: 'fields',
  setup(build) {
    build.onLoad({ filter: /session\.js$/ }, async ({ path }) => {
      return { contents: (await readFile(path, 'utf8')).replace(/^  _\w+;.*$/gm, ''), loader: 'js' };
    });
  },
};

/** Top-level functions as the bundler indents them; as arrows they share one `var`: 30 bytes less after gzip. */
const FUNCTION = /^  (async )?function (\w+)\((.*)\) \{\n([\s\S]*?)\n  \}$/gm;

/** @param {string} entry below static/js/src @param {Record<string, string>} [define] */
async function bundle(entry, define = {}) {
  const { outputFiles } = await build({
    entryPoints: [path('src/' + entry)],
    bundle: true,
    format: 'iife',
    minifySyntax: true,
    target: 'es2022',
    tsconfigRaw: {}, // else `strict` there puts a needless "use strict" here
    mangleProps: /^_./, // our own members; public names and StepPay's words stay
    charset: 'utf8',
    legalComments: 'none',
    plugins: [styles, fields],
    define,
    write: false,
  });
  const arrows = outputFiles[0].text.replace(FUNCTION, (_, wait = '', name, given, body) => `  var ${name} = ${wait}(${given}) => {\n${body}\n  };`);
  const compress = { passes: 3, hoist_funs: true, lhs_constants: false, pure_getters: true, unsafe_arrows: true, unsafe_methods: true };
  const { code } = await minify(arrows, { ecma: 2020, compress });
  return code || '';
}

/** Its hash is its address and its `integrity`: semicolons at its end give one without the signs `+` and `/`. @param {string} code */
function addressable(code) {
  for (;;) {
    const hash = createHash('sha256').update(code).digest('base64').slice(0, -1);
    if (/^[a-z\d]+$/i.test(hash)) return { code, hash };
    code += ';';
  }
}

const offer = addressable(await bundle('offerSale.js'));
const widget = await bundle('main.js', { OFFER_HASH: JSON.stringify(offer.hash) });
finish('widget-offer.js', offer.code, OFFER_LIMIT);
finish('widget.js', widget, LIMIT);
finish('screens.json', await screens(), SCREENS_LIMIT);

/** @param {string} name @param {string} text @param {number} limit */
function finish(name, text, limit) {
  const code = Buffer.from(text);
  const packed = gzipSync(code, { level: 9 }).length;
  console.log(`${name}: ${code.length} bytes, gzip ${packed} (limit ${limit})`);
  if (process.argv.includes('--check')) {
    if (!code.equals(readFileSync(path(name)))) fail(`static/js/${name} is stale: run npm run build`);
  } else writeFileSync(path(name), code);
  if (packed > limit) fail(`static/js/${name} is too big`);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
