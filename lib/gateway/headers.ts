import { concealedIn } from "./conceal.ts";

/**
 * Fields that concern one connection (RFC 9110, section 7.6.1) or name a proxy.
 */
const CONNECTION_FIELD =
  /^(?:connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade)$/i;

/**
 * Fields that our request sets itself, and `expect`, which node has answered.
 */
const REPLACED_FIELDS = new Set([
  "host",
  "content-length",
  "authorization",
  "expect",
]);

/** Where programs other than the agent put a key. */
const KEY_FIELDS = ["api-key", "x-api-key"];

/** The keys on both sides of the gateway. Secret. */
export interface Keys {
  /** The client's key, which is not sent to the service. */
  token: string;
  /** The account's key. */
  secret: string;
}

/**
 * Returns the header to send. If the client sent no `User-Agent`, `Accept` or
 * `Accept-Language`, Deno (2.9.6) adds its own. These can be made empty, which
 * servers like even less, but not omitted.
 */
export function requestHeaders(
  headers: Headers,
  { token, secret }: Keys,
): Headers {
  const out = endToEnd(headers);
  for (const name of REPLACED_FIELDS) out.delete(name);
  for (const name of KEY_FIELDS) {
    if (out.get(name) === token) out.delete(name);
  }
  out.set("authorization", `Bearer ${secret}`);
  return out;
}

/**
 * Returns the header of a reply to pass on, with `secret` redacted. With
 * `isDecoded`, drops the two fields that describe the encoded body.
 */
export function replyHeaders(
  headers: Headers,
  { isDecoded, secret }: { isDecoded: boolean; secret: string },
): Headers {
  const out = new Headers(
    [...endToEnd(headers)].map(([name, value]) => [
      name,
      concealedIn(value, secret),
    ]),
  );
  if (isDecoded) {
    out.delete("content-encoding");
    out.delete("content-length");
  }
  return out;
}

const JSON_TYPE = /^\s*application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i;

/** Whether the body is JSON, by its header. */
export function isJson(headers: Headers): boolean {
  return JSON_TYPE.test(headers.get("content-type") ?? "");
}

const EVENT_STREAM = /^\s*text\/event-stream\s*(?:;|$)/i;

/** Whether the body is an event stream, by its header. */
export function isEventStream(headers: Headers): boolean {
  return EVENT_STREAM.test(headers.get("content-type") ?? "");
}

function endToEnd(headers: Headers): Headers {
  const named = (headers.get("connection") ?? "").toLowerCase().split(",")
    .map((it) => it.trim());
  const out = new Headers(headers);
  for (const name of headers.keys()) {
    if (CONNECTION_FIELD.test(name) || named.includes(name)) out.delete(name);
  }
  return out;
}
