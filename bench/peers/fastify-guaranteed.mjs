// Fastify + undici, and all that the verdict of a payment needs: see guarantees.mjs.
import cors from "@fastify/cors";
import rateLimit from "@fastify/rate-limit";
import Fastify from "fastify";
import { Agent, request, setGlobalDispatcher } from "undici";
import { HEADERS, PORT, STEPPAY, judge } from "./check.mjs";
import { Claim, ORIGINS, REQUESTS_A_MINUTE, log, record, signed } from "./guarantees.mjs";

setGlobalDispatcher(new Agent({ headersTimeout: 8000, bodyTimeout: 8000 }));
const app = Fastify({ trustProxy: "127.0.0.1", bodyLimit: 4096 });
app.addHook("onRequest", async (asked) => {
  asked.began = performance.now();
});
app.addHook("onResponse", async (asked, reply) => log(asked.method, asked.url, reply.statusCode, asked.began));
await app.register(cors, { origin: ORIGINS });
await app.register(rateLimit, { max: REQUESTS_A_MINUTE, timeWindow: 60_000 });

async function ask(path) {
  const { statusCode, body } = await request(STEPPAY + path, { headers: HEADERS });
  if (statusCode !== 200) throw new Error(`status ${statusCode}`);
  return body.json();
}

app.get("/healthz", { config: { rateLimit: false } }, async () => ({ status: "ok" }));

app.post("/v1/verify", async (asked, reply) => {
  const claim = Claim.safeParse(asked.body);
  if (!claim.success) return reply.code(422).send({ code: "invalid_request" });
  const { orderCode } = claim.data;
  const order = await ask(`/api/v1/orders/${orderCode}`);
  const verdict = judge(orderCode, order, await ask(`/api/payment/receipt/${order.idKey}`));
  record(verdict);
  return signed(verdict);
});

await app.listen({ port: PORT, host: "127.0.0.1", backlog: 2048 });
