<?php
// Believe a StepPay verdict that came through the shopper's browser, or refuse it. PHP 8 with sodium, no package.
// Copy this file into your backend; docs/backend.md of the widget server explains each check.
declare(strict_types=1);

const CLOCKS_DIFFER_SECONDS = 60;

const KEPT_SECONDS = 300; // as long as the document may be cached, at most
const GRACE_SECONDS = 300; // the widget server may be away for a moment

final class VerdictVerificationError extends RuntimeException
{
    public function __construct(public readonly string $reason)
    {
        parent::__construct("verdict refused: $reason");
    }
}

/**
 * $token is what the browser sent. $keys is the decoded document of https://pay.shop.kr/.well-known/jwks.json.
 * $issuer is your widget server's public URL, $audience your shop's origin. $orderCode, $amount and $currency come from
 * your own database, never from the request. $now is for tests.
 *
 * Returns the signed claims, `isPaid` and `isFulfillable`; fulfill only when the latter is true, once for an order code.
 */
function verify_verdict(
    mixed $token,
    array $keys,
    string $issuer,
    string $audience,
    string $orderCode,
    int|float $amount,
    string $currency,
    ?int $now = null,
): array {
    if (!is_string($token) || strlen($token) > 16384) {
        throw new VerdictVerificationError('malformed');
    }
    $parts = explode('.', $token);
    if (count($parts) !== 3) {
        throw new VerdictVerificationError('malformed');
    }
    [$head, $body, $signature] = array_map(decode_part(...), $parts);
    if (strlen($signature) !== SODIUM_CRYPTO_SIGN_BYTES) {
        throw new VerdictVerificationError('malformed');
    }

    // The token does not choose algorithm or key: its header must be exactly this, and only names one of our keys.
    $header = parse_object($head);
    $kid = $header['kid'] ?? null;
    ksort($header);
    if (!is_string($kid) || $header !== ['alg' => 'EdDSA', 'kid' => $kid, 'typ' => 'steppay-verdict+jwt']) {
        throw new VerdictVerificationError('wrong_header');
    }
    if (!sodium_crypto_sign_verify_detached($signature, "$parts[0].$parts[1]", find_key($keys, $kid))) {
        throw new VerdictVerificationError('bad_signature');
    }

    $claims = parse_object($body);
    $now ??= time();
    if (!is_int($claims['iat'] ?? null) || !is_int($claims['exp'] ?? null)) {
        throw new VerdictVerificationError('malformed');
    }
    if ($now >= $claims['exp'] + CLOCKS_DIFFER_SECONDS) {
        throw new VerdictVerificationError('expired');
    }
    if ($now < $claims['iat'] - CLOCKS_DIFFER_SECONDS) {
        throw new VerdictVerificationError('not_yet_valid');
    }
    same($claims['iss'] ?? null, $issuer, 'wrong_issuer');
    if ($audience === '' || !is_array($claims['aud'] ?? null) || !in_array($audience, $claims['aud'], true)) {
        throw new VerdictVerificationError('wrong_audience');
    }
    same($claims['sub'] ?? null, $orderCode, 'wrong_order');
    if (!is_verdict($claims)) {
        throw new VerdictVerificationError('malformed');
    }
    if ((float) $claims['amount'] !== (float) $amount) {
        throw new VerdictVerificationError('wrong_amount');
    }
    same($claims['currency'] ?? null, $currency, 'wrong_currency');
    $isPaid = $claims['verdict'] === 'paid' && $claims['fulfill'] === true;
    $isFree = $claims['verdict'] === 'no_charge' && $claims['reason'] === 'zero_amount' && $claims['fulfill'] === true;
    return [...$claims, 'isPaid' => $isPaid, 'isFulfillable' => $isPaid || $isFree];
}

/**
 * `verify_verdict` with the keys that `fetch_keys` keeps in $file; an unknown key is fetched at once. $issuer is
 * WIDGET_PUBLIC_URL of your widget server, from your settings.
 */
function verify_with_fetched_keys(
    mixed $token,
    string $file,
    string $issuer,
    string $audience,
    string $orderCode,
    int|float $amount,
    string $currency,
): array {
    $verify = fn (bool $unknownKey): array => verify_verdict(
        $token,
        fetch_keys("$issuer/.well-known/jwks.json", $file, $unknownKey),
        $issuer,
        $audience,
        $orderCode,
        $amount,
        $currency,
    );
    try {
        return $verify(false);
    } catch (VerdictVerificationError $refused) {
        if ($refused->reason !== 'unknown_key') {
            throw $refused;
        }
        return $verify(true);
    }
}

/**
 * The widget server's public keys for `verify_verdict`, kept in $file (outside of the web root, writable for PHP alone).
 * Fetched when they are older than the answer's max-age, at most once a minute; with $unknownKey (after a refusal
 * `unknown_key`) also before. Never kept for longer: your backend would go on trusting a stolen key after its removal.
 * When a fetch fails, the old keys count for five more minutes.
 *
 * $url is https://pay.shop.kr/.well-known/jwks.json, from your settings, never from a token. $now is for tests.
 */
function fetch_keys(string $url, string $file, bool $unknownKey = false, ?int $now = null): array
{
    $now ??= time();
    $kept = is_file($file) ? json_decode((string) file_get_contents($file), true) : null;
    $kept = is_array($kept) ? $kept : ['asked' => 0, 'fresh_until' => 0, 'keys' => ['keys' => []]];
    if (($unknownKey || $now >= $kept['fresh_until']) && $now >= $kept['asked'] + 60) {
        $kept = [...$kept, 'asked' => $now, ...ask_for_keys($url, $now)];
        file_put_contents("$file.new", json_encode($kept), LOCK_EX);
        rename("$file.new", $file);
    }
    return $now < $kept['fresh_until'] + GRACE_SECONDS ? $kept['keys'] : ['keys' => []];
}

/** Nothing when the widget server gives no keys. */
function ask_for_keys(string $url, int $now): array
{
    $options = ['timeout' => 5, 'follow_location' => 0];
    $stream = @fopen($url, 'r', false, stream_context_create(['http' => $options]));
    $keys = $stream ? json_decode((string) stream_get_contents($stream), true) : null;
    if (!is_array($keys['keys'] ?? null)) {
        return [];
    }
    $headers = implode("\n", stream_get_meta_data($stream)['wrapper_data']);
    $of = fn (string $pattern, int $otherwise): int => preg_match($pattern, $headers, $match) ? (int) $match[1] : $otherwise;
    $left = $of('/^Cache-Control:.*?max-age=(\d{1,6})/mi', KEPT_SECONDS) - $of('/^Age: *(\d{1,6})/mi', 0); // in between
    return ['keys' => $keys, 'fresh_until' => $now + min($left, KEPT_SECONDS)];
}

function is_verdict(array $claims): bool
{
    $of = fn (string $name): mixed => $claims[$name] ?? null;
    return is_int($of('orderId')) && is_string($of('verdict')) && is_string($of('reason'))
        && is_bool($of('fulfill')) && (is_int($of('amount')) || is_float($of('amount')));
}

function same(mixed $claim, string $expected, string $reason): void
{
    if ($claim !== $expected || $expected === '') {
        throw new VerdictVerificationError($reason);
    }
}

function decode_part(string $part): string
{
    try {
        $bytes = sodium_base642bin($part, SODIUM_BASE64_VARIANT_URLSAFE_NO_PADDING);
    } catch (SodiumException) {
        throw new VerdictVerificationError('malformed');
    }
    if ($bytes === '' || sodium_bin2base64($bytes, SODIUM_BASE64_VARIANT_URLSAFE_NO_PADDING) !== $part) {
        throw new VerdictVerificationError('malformed');
    }
    return $bytes;
}

/** An object within stays an object, so that none passes for a list. */
function parse_object(string $json): array
{
    $value = json_decode($json);
    if (!$value instanceof stdClass) {
        throw new VerdictVerificationError('malformed');
    }
    return (array) $value;
}

function find_key(array $keys, string $kid): string
{
    if (!is_array($keys['keys'] ?? null)) {
        throw new VerdictVerificationError('unusable_keys');
    }
    $found = array_filter($keys['keys'], fn (mixed $key): bool => is_array($key) && ($key['kid'] ?? null) === $kid);
    if (!$found) {
        throw new VerdictVerificationError('unknown_key'); // fetch the document again, at most once a minute
    }
    $key = reset($found);
    $known = ($key['kty'] ?? null) === 'OKP' && ($key['crv'] ?? null) === 'Ed25519' && !array_key_exists('d', $key);
    $x = is_string($key['x'] ?? null) ? $key['x'] : '';
    if (count($found) > 1 || !$known || !preg_match('/^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/D', $x)) {
        throw new VerdictVerificationError('unusable_keys');
    }
    return decode_part($x);
}
