// Builds static/js/widget.js from static/js/src. `--check` only compares: the committed file must be fresh and small.
import { readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build, transform } from 'esbuild';
import { minify } from 'terser';

const LIMIT = 7000; // bytes after gzip: a shop's page pays for every one of them
const path = (name) => fileURLToPath(new URL('../static/js/' + name, import.meta.url));

/** The style sheet travels inside the script as a minified string. */
const styles = {
  name: 'styles',
  setup(build) {
    build.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await transform(await readFile(path, 'utf8'), { loader: 'css', minify: true, target: 'chrome123', charset: 'utf8' });
      return { contents: code.trim().replace(/([:,]) | (\/) /g, '$1$2'), loader: 'text' };
    });
  },
};

/** A class field without a value only tells the type checker that there is one. */
const fields = {
  name: 'fields',
  setup(build) {
    build.onLoad({ filter: /session\.js$/ }, async ({ path }) => {
      return { contents: (await readFile(path, 'utf8')).replace(/^  _\w+;.*$/gm, ''), loader: 'js' };
    });
  },
};

async function bundle() {
  const { outputFiles } = await build({
    entryPoints: [path('src/main.js')],
    bundle: true,
    format: 'iife',
    minify: true,
    target: 'es2022',
    tsconfigRaw: {}, // else `strict` there puts a needless "use strict" here
    mangleProps: /^_./, // our own members; public names and StepPay's words stay
    charset: 'utf8',
    legalComments: 'none',
    plugins: [styles, fields],
    write: false,
  });
  // A second minifier inlines what is used once: 110 bytes less after gzip.
  const { code } = await minify(outputFiles[0].text, { ecma: 2020, compress: { passes: 3, hoist_funs: true, unsafe_arrows: true } });
  return code || '';
}

const code = Buffer.from(await bundle());
const packed = gzipSync(code, { level: 9 }).length;
console.log(`widget.js: ${code.length} bytes, gzip ${packed} (limit ${LIMIT})`);
if (process.argv.includes('--check')) {
  if (!code.equals(readFileSync(path('widget.js')))) fail('static/js/widget.js is stale: run npm run build');
} else writeFileSync(path('widget.js'), code);
if (packed > LIMIT) fail('static/js/widget.js is too big');

function fail(message) {
  console.error(message);
  process.exit(1);
}
