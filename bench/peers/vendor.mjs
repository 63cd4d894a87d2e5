// Express + axios: the stack of StepPay's sample server, with the checks that the sample lacks.
import axios from "axios";
import express from "express";
import { HEADERS, PORT, STEPPAY, judge } from "./check.mjs";

const app = express();
app.use(express.json());

app.get("/healthz", (_request, response) => response.json({ status: "ok" }));

app.post("/v1/verify", async (request, response) => {
  const code = request.body.orderCode;
  const { data: order } = await axios.get(`${STEPPAY}/api/v1/orders/${code}`, { headers: HEADERS, timeout: 8000 });
  const { data: receipt } = await axios.get(`${STEPPAY}/api/payment/receipt/${order.idKey}`, { headers: HEADERS, timeout: 8000 });
  response.json(judge(code, order, receipt));
});

app.listen(PORT, "127.0.0.1", 2048);
