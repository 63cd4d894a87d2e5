// Fastify + undici: the fastest that Node has.
import Fastify from "fastify";
import { Agent, request, setGlobalDispatcher } from "undici";
import { HEADERS, PORT, STEPPAY, judge } from "./check.mjs";

setGlobalDispatcher(new Agent({ headersTimeout: 8000, bodyTimeout: 8000 }));
const app = Fastify();

async function ask(path) {
  const { statusCode, body } = await request(STEPPAY + path, { headers: HEADERS });
  if (statusCode !== 200) throw new Error(`status ${statusCode}`);
  return body.json();
}

app.get("/healthz", async () => ({ status: "ok" }));

app.post("/v1/verify", async (asked) => {
  const code = asked.body.orderCode;
  const order = await ask(`/api/v1/orders/${code}`);
  return judge(code, order, await ask(`/api/payment/receipt/${order.idKey}`));
});

await app.listen({ port: PORT, host: "127.0.0.1", backlog: 2048 });
