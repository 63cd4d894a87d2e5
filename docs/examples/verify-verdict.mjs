// Believe a StepPay verdict that came through the shopper's browser, or refuse it. Node 18 or newer, no package.
// Copy this file into your backend; docs/backend.md of the widget server explains each check.
import { createPublicKey, verify } from 'node:crypto';

const CLOCKS_DIFFER_SECONDS = 60;

const KEPT_SECONDS = 300; // as long as the document may be cached, at most
const GRACE_SECONDS = 300; // the widget server may be away for a moment

export class VerdictVerificationError extends Error {
  constructor(code) {
    super(`verdict refused: ${code}`);
    this.code = code;
  }
}

/**
 * @param {unknown} token what the browser sent
 * @param {{keys: {keys: object[]}, issuer: string, audience: string, orderCode: string, amount: number,
 *   currency: string, now?: number}} expected `keys`: the document of https://pay.shop.kr/.well-known/jwks.json;
 *   `issuer`: your widget server's public URL; `audience`: your shop's origin; order, amount and currency from your own
 *   database, never from the request; `now`: seconds, for tests
 * @returns the signed claims, `isPaid` and `isFulfillable`; fulfill only when the latter is true, once for an order code
 * @throws {VerdictVerificationError}
 */
export function verifyVerdict(token, { keys, issuer, audience, orderCode, amount, currency, now = Date.now() / 1000 }) {
  if (!Number.isFinite(amount)) throw new VerdictVerificationError('unusable_expectation');
  if (typeof token !== 'string' || token.length > 16384) throw new VerdictVerificationError('malformed');
  const parts = token.split('.');
  if (parts.length !== 3) throw new VerdictVerificationError('malformed');
  const [head, body, signature] = parts.map(decode);
  if (signature.length !== 64) throw new VerdictVerificationError('malformed');

  // The token does not choose algorithm or key: its header must be exactly this, and only names one of our keys.
  const header = parse(head);
  const members = Object.keys(header).sort().join();
  const right = header.alg === 'EdDSA' && header.typ === 'steppay-verdict+jwt' && typeof header.kid === 'string';
  if (members !== 'alg,kid,typ' || !right) throw new VerdictVerificationError('wrong_header');
  const signed = Buffer.from(`${parts[0]}.${parts[1]}`);
  if (!verify(null, signed, findKey(keys, header.kid), signature)) throw new VerdictVerificationError('bad_signature');

  const claims = parse(body);
  if (!Number.isInteger(claims.iat) || !Number.isInteger(claims.exp)) throw new VerdictVerificationError('malformed');
  if (now >= claims.exp + CLOCKS_DIFFER_SECONDS) throw new VerdictVerificationError('expired');
  if (now < claims.iat - CLOCKS_DIFFER_SECONDS) throw new VerdictVerificationError('not_yet_valid');
  same(claims.iss, issuer, 'wrong_issuer');
  if (!Array.isArray(claims.aud)) throw new VerdictVerificationError('wrong_audience');
  same(claims.aud.find((shop) => shop === audience), audience, 'wrong_audience');
  same(claims.sub, orderCode, 'wrong_order');
  if (!isVerdict(claims)) throw new VerdictVerificationError('malformed');
  if (claims.amount !== amount) throw new VerdictVerificationError('wrong_amount');
  same(claims.currency, currency, 'wrong_currency');
  const isPaid = claims.verdict === 'paid' && claims.fulfill === true;
  const isFree = claims.verdict === 'no_charge' && claims.reason === 'zero_amount' && claims.fulfill === true;
  return { ...claims, isPaid, isFulfillable: isPaid || isFree };
}

/**
 * The widget server's public keys: fetched when first needed, for an unknown key, and when they are older than the
 * answer's `max-age`; at most once a minute. Never kept for longer: your backend would go on trusting a
 * stolen key after its removal. When a fetch fails, the old keys count for five more minutes.
 * `url`: https://pay.shop.kr/.well-known/jwks.json, from your settings, never from a token.
 */
export class Keys {
  #keys = { keys: [] };
  #freshUntil = 0;
  #askedAt = -Infinity;

  constructor(url, clock = () => performance.now() / 1000) {
    Object.assign(this, { url, clock });
  }

  /** Like `verifyVerdict`, without `keys`. */
  async verify(token, expected) {
    const isOld = this.#keys.keys.length > 0 && this.clock() >= this.#freshUntil;
    if (isOld && !(await this.#fetch()) && this.clock() >= this.#freshUntil + GRACE_SECONDS) this.#keys = { keys: [] };
    try {
      return verifyVerdict(token, { ...expected, keys: this.#keys });
    } catch (error) {
      if (error.code !== 'unknown_key' || !(await this.#fetch())) throw error;
    }
    return verifyVerdict(token, { ...expected, keys: this.#keys });
  }

  async #fetch() {
    const now = this.clock();
    if (now < this.#askedAt + 60) return false;
    this.#askedAt = now;
    try {
      const answer = await fetch(this.url, { signal: AbortSignal.timeout(5000) });
      const keys = await answer.json();
      if (!answer.ok || !Array.isArray(keys?.keys)) return false;
      const maxAge = /max-age=([0-9]{1,6})/.exec(answer.headers.get('cache-control') ?? '');
      const age = Number(answer.headers.get('age') ?? 0) || 0; // so long a cache in between has kept it
      this.#freshUntil = now + Math.min((maxAge ? Number(maxAge[1]) : KEPT_SECONDS) - age, KEPT_SECONDS);
      this.#keys = keys;
      return true;
    } catch {
      return false;
    }
  }
}

function isVerdict({ orderId, verdict, reason, fulfill, amount }) {
  const texts = typeof verdict === 'string' && typeof reason === 'string';
  return texts && typeof fulfill === 'boolean' && Number.isInteger(orderId) && typeof amount === 'number';
}

/** A missing claim equals nothing, not even a missing expectation. */
function same(claim, expected, code) {
  if (typeof claim !== 'string' || claim === '' || claim !== expected) throw new VerdictVerificationError(code);
}

/** Buffer skips what is not base64url; writing it again shows whether anything was skipped. */
function decode(part) {
  const bytes = Buffer.from(part, 'base64url');
  if (part === '' || bytes.toString('base64url') !== part) throw new VerdictVerificationError('malformed');
  return bytes;
}

/** Strictly: `toString` would put a sign of its own in the place of what is not UTF-8. */
function parse(bytes) {
  try {
    const value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
    if (value && typeof value === 'object' && !Array.isArray(value)) return value;
  } catch {
    // refused below
  }
  throw new VerdictVerificationError('malformed');
}

function findKey(keys, kid) {
  if (!Array.isArray(keys?.keys)) throw new VerdictVerificationError('unusable_keys');
  const [jwk, second] = keys.keys.filter((key) => key?.kid === kid);
  if (!jwk) throw new VerdictVerificationError('unknown_key'); // fetch the document again, at most once a minute
  const known = jwk.kty === 'OKP' && jwk.crv === 'Ed25519' && !('d' in jwk);
  if (second || !known || !/^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/.test(jwk.x)) throw new VerdictVerificationError('unusable_keys');
  try {
    return createPublicKey({ key: jwk, format: 'jwk' });
  } catch {
    throw new VerdictVerificationError('unusable_keys');
  }
}
