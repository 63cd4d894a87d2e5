// @ts-check
// What our server adds when a checkout opens: the screens' finer style sheet, and words that explain. Both are data,
// never code; without them (the server is away) the screens are plain and short, and everything works. 1.5 s at most:
// a screen waits for it.
import { request } from './api.js';

/**
 * `shop`: what the merchant's settings say of the shop; only what is set is there.
 * @type {{css?: string, ko?: Record<string, string>, en?: Record<string, string>,
 *   shop?: {name?: string, support?: {label: string, url: string}, ordersUrl?: string}}}
 */
export const look = {};
/** @type {Promise<unknown> | undefined} */
let asked;

export const loadLook = () => (asked ||= request('/v1/screens', 1500).then(([, body]) => Object.assign(look, body)));
