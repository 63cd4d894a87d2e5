// What a merchant would have to add to the bare peers, shared by Express and Fastify: validation, a signed verdict,
// a record on the disk before the answer, an access log. `guarantees.py` is the same for Python.
import { generateKeyPairSync, sign } from "node:crypto";
import Database from "better-sqlite3";
import { z } from "zod";

export const ORIGINS = ["https://shop.bench.test"];
export const REQUESTS_A_MINUTE = 60;

export const Claim = z.strictObject({
  orderCode: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
  status: z.enum(["success", "error", "cancel"]).optional(),
});

const { privateKey } = generateKeyPairSync("ed25519");
const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
const HEAD = encode({ alg: "EdDSA", typ: "JWT", kid: "bench" });

/** The verdict with a JWS over it, as RFC 7515 and RFC 8037 say. */
export function signed(verdict) {
  const now = Math.floor(Date.now() / 1000);
  const { orderCode: sub, verdict: kind, fulfill, amount, currency } = verdict;
  const input = `${HEAD}.${encode({ sub, verdict: kind, fulfill, amount, currency, iat: now, exp: now + 300 })}`;
  return { ...verdict, token: `${input}.${sign(null, Buffer.from(input), privateKey).toString("base64url")}` };
}

const db = new Database("ledger.db");
db.pragma("journal_mode = WAL");
db.pragma("synchronous = FULL");
db.exec(`CREATE TABLE IF NOT EXISTS orders (order_code TEXT PRIMARY KEY, order_id, verdict, amount, checked_at);
CREATE TABLE IF NOT EXISTS transitions (id INTEGER PRIMARY KEY, order_code TEXT, verdict, at)`);
const find = db.prepare("SELECT verdict, amount FROM orders WHERE order_code = ?");
const put = db.prepare("INSERT OR REPLACE INTO orders VALUES (?, ?, ?, ?, ?)");
const add = db.prepare("INSERT INTO transitions (order_code, verdict, at) VALUES (?, ?, ?)");

/** On the disk when it returns. What is known already is not written again. */
export const record = db.transaction((verdict) => {
  const { orderCode, orderId, verdict: kind, amount, checkedAt } = verdict;
  const known = find.get(orderCode);
  if (known?.verdict === kind && known.amount === amount) return;
  put.run(orderCode, orderId, kind, amount, checkedAt);
  add.run(orderCode, kind, checkedAt);
}).immediate;

export function log(method, path, status, began) {
  const ms = Math.round(performance.now() - began);
  process.stdout.write(`${JSON.stringify({ at: new Date().toISOString(), method, path, status, ms })}\n`);
}
