import { concealedIn } from "./conceal.ts";

/** Fields of one connection (RFC 9110, section 7.6.1), and what names us. */
const OF_CONNECTION =
  /^(?:connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade)$/i;

/** Fields that a request of ours has anew, and one that node answered. */
const MADE_ANEW = new Set([
  "host",
  "content-length",
  "authorization",
  "expect",
]);

/** Where other programs than the CLI put a key. */
const KEY_FIELDS = ["api-key", "x-api-key"];

/** Whose keys the header of a request goes by. Secret. */
export interface Keys {
  /** What the client knows, which goes no further. */
  token: string;
  /** What the upstream knows. */
  secret: string;
}

/**
 * Returns the header of a request as it goes out. Where the client sent no
 * `User-Agent`, `Accept` or `Accept-Language`, Deno (2.9.6) adds its own: it can
 * be told to leave them empty, which servers take for worse, but not out.
 */
export function requestHeaders(
  headers: Headers,
  { token, secret }: Keys,
): Headers {
  const out = endToEnd(headers);
  for (const name of MADE_ANEW) out.delete(name);
  for (const name of KEY_FIELDS) {
    if (out.get(name) === token) out.delete(name);
  }
  out.set("authorization", `Bearer ${secret}`);
  return out;
}

/**
 * Returns the header of a reply as it is passed on, without `secret`. The body
 * of one that `isDecoded` is not what two of its fields speak of.
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

/** Whether `headers` are those of a body in JSON. */
export function isJson(headers: Headers): boolean {
  return JSON_TYPE.test(headers.get("content-type") ?? "");
}

const EVENT_STREAM = /^\s*text\/event-stream\s*(?:;|$)/i;

/** Whether `headers` are those of an event stream. */
export function isEventStream(headers: Headers): boolean {
  return EVENT_STREAM.test(headers.get("content-type") ?? "");
}

function endToEnd(headers: Headers): Headers {
  const named = (headers.get("connection") ?? "").toLowerCase().split(",")
    .map((it) => it.trim());
  const out = new Headers(headers);
  for (const name of headers.keys()) {
    if (OF_CONNECTION.test(name) || named.includes(name)) out.delete(name);
  }
  return out;
}
