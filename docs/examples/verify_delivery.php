<?php
// Believe a webhook of the widget server, or refuse it. PHP 8, no package. Copy this file into your backend;
// docs/deliveries.md of the widget server explains the messages. Their format is Standard Webhooks.
declare(strict_types=1);

const WEBHOOK_TOLERANCE_SECONDS = 300;

final class DeliveryVerificationError extends RuntimeException
{
    public function __construct(public readonly string $reason)
    {
        parent::__construct("webhook refused: $reason");
    }
}

/**
 * $body is the raw body: file_get_contents('php://input'), before any parser. $id, $timestamp and $signatures are the
 * headers webhook-id, webhook-timestamp and webhook-signature. $secrets: each whsec_..., several during a change.
 * $acceptTest lets an operator's test message through, which is about no order. $now is for tests.
 *
 * Returns `id`, `type`, `data` (an array) and `isFulfillable`. Fulfill when the latter is true, the order is yours, and
 * its amount and currency are those of `data`; once for an order code.
 */
function verify_delivery(
    string $body,
    string $id,
    string $timestamp,
    string $signatures,
    array $secrets,
    bool $acceptTest = false,
    ?int $now = null,
): array {
    $shaped = preg_match('/^[A-Za-z0-9_-]{1,64}$/D', $id) && preg_match('/^[0-9]{1,12}$/D', $timestamp);
    if (!$shaped || strlen($signatures) > 4096) {
        throw new DeliveryVerificationError('malformed_headers');
    }
    $matches = 0;
    foreach (array_map(webhook_key(...), $secrets) as $key) {
        $right = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$timestamp.$body", $key, true));
        foreach (explode(' ', $signatures) as $given) { // a list; versions that we do not know never match
            $matches += (int) hash_equals($right, $given);
        }
    }
    if ($matches === 0) {
        throw new DeliveryVerificationError($secrets ? 'bad_signature' : 'unusable_secrets');
    }
    if (abs(($now ?? time()) - (int) $timestamp) > WEBHOOK_TOLERANCE_SECONDS) {
        throw new DeliveryVerificationError('stale');
    }
    $message = json_decode($body, true);
    if (!is_string($message['type'] ?? null) || !is_array($message['data'] ?? null)) {
        throw new DeliveryVerificationError('malformed_body');
    }
    $isTest = array_key_exists('test', $message) && $message['test'] !== false;
    if ($isTest && !$acceptTest) {
        throw new DeliveryVerificationError('test_message');
    }
    $known = in_array($message['type'], ['payment.paid', 'payment.no_charge', 'renewal.paid'], true);
    $isFulfillable = $known && !$isTest && ($message['data']['fulfill'] ?? null) === true;
    return ['id' => $id, 'type' => $message['type'], 'data' => $message['data'], 'isFulfillable' => $isFulfillable];
}

function webhook_key(mixed $secret): string
{
    $isSecret = is_string($secret) && str_starts_with($secret, 'whsec_');
    $key = $isSecret ? base64_decode(substr($secret, 6), true) : false;
    if ($key === false || strlen($key) < 24) {
        throw new DeliveryVerificationError('unusable_secrets');
    }
    return $key;
}
