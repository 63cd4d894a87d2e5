// Express + axios, and all that the verdict of a payment needs: see guarantees.mjs.
import axios from "axios";
import cors from "cors";
import express from "express";
import { rateLimit } from "express-rate-limit";
import { HEADERS, PORT, STEPPAY, judge } from "./check.mjs";
import { Claim, ORIGINS, REQUESTS_A_MINUTE, log, record, signed } from "./guarantees.mjs";

const app = express();
app.set("trust proxy", 1);
app.use((request, response, next) => {
  const began = performance.now();
  response.on("finish", () => log(request.method, request.path, response.statusCode, began));
  next();
});
app.get("/healthz", (_request, response) => response.json({ status: "ok" }));
app.use(cors({ origin: ORIGINS }));
app.use(rateLimit({ windowMs: 60_000, limit: REQUESTS_A_MINUTE, standardHeaders: "draft-8", legacyHeaders: false }));
app.use(express.json({ limit: "4kb" }));

async function ask(path) {
  return (await axios.get(STEPPAY + path, { headers: HEADERS, timeout: 8000, maxRedirects: 0 })).data;
}

app.post("/v1/verify", async (request, response) => {
  const claim = Claim.safeParse(request.body);
  if (!claim.success) return response.status(422).json({ code: "invalid_request" });
  const { orderCode } = claim.data;
  const order = await ask(`/api/v1/orders/${orderCode}`);
  const verdict = judge(orderCode, order, await ask(`/api/payment/receipt/${order.idKey}`));
  record(verdict);
  response.json(signed(verdict));
});

app.listen(PORT, "127.0.0.1", 2048);
