import { HeaderMap } from "../system/header_map.ts";
import { concealedIn } from "./conceal.ts";
import type { Wire } from "./wire/wire.ts";

/** Fields that concern one connection (RFC 9110, section 7.6.1). */
const CONNECTION_FIELDS = new Set([
  "connection",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/**
 * Fields that our request sets itself, and `expect`, which our server has
 * answered.
 */
const REPLACED_FIELDS = new Set([
  "host",
  "content-length",
  "authorization",
  "expect",
]);

/** Where programs other than the agent put a key. */
const KEY_FIELDS = new Set(["api-key", "x-api-key"]);

/** The keys on both sides of the gateway. Secret. */
export interface Keys {
  /** The client's key, which is not sent to the service. */
  token: string;
  /** The account's key. */
  secret: string;
  /** Where a key is in a request. */
  wire: Wire;
}

/** Returns the bearer token in `headers`; an empty string if there is none. */
export function bearerIn(headers: Headers): string {
  return /^bearer +(\S+)$/i.exec(headers.get("authorization") ?? "")?.[1] ?? "";
}

/** The key of the formats of OpenAI: the bearer token. */
export const BEARER: Pick<Wire, "keysIn" | "setKey"> = {
  keysIn: (headers) => [bearerIn(headers)],
  setKey(headers, { secret }) {
    headers.set("authorization", `Bearer ${secret}`);
  },
};

/** Returns the header to send. */
export function requestHeaders(
  headers: Headers,
  { token, secret, wire }: Keys,
): Headers {
  const out = endToEnd(headers, (name, value) => {
    const isKey = KEY_FIELDS.has(name) && value === token;
    return isKey || REPLACED_FIELDS.has(name) ? undefined : value;
  });
  wire.setKey(out, { client: headers, secret });
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
  return endToEnd(
    headers,
    (name, value) =>
      isDecoded && OF_ENCODING.has(name)
        ? undefined
        : concealedIn(value, secret),
  );
}

/** Fields that describe an encoded body. */
const OF_ENCODING = new Set(["content-encoding", "content-length"]);

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

/** Returns each field that `change` does not drop. */
function endToEnd(
  headers: Headers,
  change: (name: string, value: string) => string | undefined,
): Headers {
  const named = headers.get("connection")?.toLowerCase().split(",")
    .map((it) => it.trim());
  const out = new HeaderMap();
  headers.forEach((value, name) => {
    if (CONNECTION_FIELDS.has(name) || name.startsWith("proxy-")) return;
    if (named?.includes(name)) return;
    const changed = change(name, value);
    if (changed !== undefined) out.append(name, changed);
  });
  return out;
}
