// What Next.js does with the files of docs/recipes/nextjs.md, in a folder of their own: routes by path, JSX to HTML.
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';

const [root] = process.argv.slice(2); // the checkout: React and esbuild are the widget's
const ours = createRequire(`${root}/package.json`);
const { createElement } = ours('react');
const { renderToStaticMarkup } = ours('react-dom/server');
const load = (file) => import(pathToFileURL(resolve(file)));

async function component(file) {
  const options = { entryPoints: [file], outfile: file.replace('.jsx', '.mjs'), jsxFactory: 'h', format: 'esm' };
  await ours('esbuild').build({ ...options, banner: { js: 'const h = globalThis.createElement;' } });
  return load(options.outfile);
}

globalThis.createElement = createElement;
const routes = {
  '/steppay/paid': await load('app/steppay/paid/route.js'),
  '/steppay/deliveries': await load('app/steppay/deliveries/route.js'),
};
const { default: Layout } = await component('app/layout.jsx');
const { default: Pay } = await component('app/pay/[code]/page.jsx');

async function show(code) {
  const page = await Pay({ params: Promise.resolve({ code }) });
  return new Response(renderToStaticMarkup(Layout({ children: page })), { headers: { 'Content-Type': 'text/html' } });
}

createServer(async (asked, answer) => {
  const { method, url, headers } = asked;
  const body = method === 'POST' ? { body: Readable.toWeb(asked), duplex: 'half' } : {};
  const request = new Request(`http://shop.test${url}`, { method, headers, ...body });
  const response = await (method === 'POST' ? routes[url].POST(request) : show(url.split('/').pop()));
  answer.writeHead(response.status, Object.fromEntries(response.headers));
  answer.end(Buffer.from(await response.arrayBuffer()));
}).listen(process.env.PORT, '127.0.0.1');
