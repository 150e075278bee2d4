/**
 * The heads of requests and replies (RFC 9112).
 *
 * @module
 */

import { HeaderMap } from "./header_map.ts";

/** How long a body is, bytes; `"rest"`: up to the end of the connection. */
export type BodyLength = number | "chunked" | "rest";

/** A request without its body. */
export interface RequestHead {
  /** The method. */
  method: string;
  /** The address, with the name that the client uses for this server. */
  url: string;
  /** The header. */
  headers: Headers;
  /** The length of the body, bytes; `null` if there is none. */
  length: number | "chunked" | null;
  /** Whether the client may send another request on the same connection. */
  mayPersist: boolean;
  /** Whether the client speaks HTTP/1.0, which has no chunks. */
  isOld: boolean;
}

/** The longest head of a request, bytes. */
export const LONGEST_HEAD = 65_536;

const REQUEST_LINE = /^([!#$%&'*+.^_`|~\w-]+) (\/[^\s]*) HTTP\/1\.([01])$/;
const NAME = /^[!#$%&'*+.^_`|~\w-]+$/;

/** Characters that no field value may contain (RFC 9110, section 5.5). */
const FORBIDDEN = /[^\t\x20-\x7e\x80-\xff]/;

/** Methods that a `Request` cannot have (Fetch standard). */
const NOT_FORWARDED = new Set(["CONNECT", "TRACE", "TRACK"]);

/**
 * Parses a head, without the blank line at its end. Returns `undefined` if it is
 * malformed, ambiguous, or if a `Request` cannot represent it.
 */
export function parseHead(bytes: Uint8Array): RequestHead | undefined {
  const [first = "", ...lines] = fromLatin1(bytes).split("\r\n");
  const [, method = "", target = "", minor] = REQUEST_LINE.exec(first) ?? [];
  if (method === "" || NOT_FORWARDED.has(method)) return undefined;
  const headers = fieldsIn(lines);
  if (!headers) return undefined;
  const host = headers.get("host");
  const url = `http://${host}${target}`;
  const length = lengthIn(headers);
  // A second one is joined by a comma, which no address contains.
  if (host === null || host.includes(",") || length === undefined) {
    return undefined;
  }
  if (!isAddress(url)) return undefined;
  const isOld = minor === "0";
  const mayPersist = !isOld && !closes(headers);
  return { method, url, headers, length, mayPersist, isOld };
}

/** Returns the fields of a head; `undefined` if one is malformed. */
function fieldsIn(lines: readonly string[]): HeaderMap | undefined {
  const headers = new HeaderMap();
  for (const line of lines) {
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(colon, 0));
    const value = line.slice(colon + 1);
    if (!isField(name, value)) return undefined;
    headers.append(name, value);
  }
  return headers;
}

function isField(name: string, value: string): boolean {
  return NAME.test(name) && !FORBIDDEN.test(value);
}

/** Whether the sender closes the connection after this message. */
function closes(headers: Headers): boolean {
  return /\bclose\b/i.test(headers.get("connection") ?? "");
}

/** A reply of a service without its body. */
export interface ReceivedHead {
  /** The status. */
  status: number;
  /** The header. */
  headers: Headers;
  /** The length of the body; `null` if there is none. */
  length: BodyLength | null;
  /** Whether the service may answer another request on the same connection. */
  mayPersist: boolean;
}

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: |$)/;

/** Statuses of replies without a body. */
export const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 304]);

/**
 * Parses the head of a reply to a request with `method`, without the blank line
 * at its end. Returns `undefined` if it is malformed or ambiguous.
 */
export function parseReplyHead(
  bytes: Uint8Array,
  method: string,
): ReceivedHead | undefined {
  const [first = "", ...lines] = fromLatin1(bytes).split("\r\n");
  const [, minor, digits] = STATUS_LINE.exec(first) ?? [];
  const headers = fieldsIn(lines);
  if (!headers || digits === undefined || FORBIDDEN.test(first)) {
    return undefined;
  }
  const status = Number(digits);
  const declared = lengthIn(headers);
  if (declared === undefined) return undefined;
  const isEmpty = method === "HEAD" || status < 200 || WITHOUT_BODY.has(status);
  const length = isEmpty ? null : declared ?? "rest";
  const mayPersist = minor === "1" && length !== "rest" && status !== 101 &&
    !closes(headers);
  return { status, headers, length, mayPersist };
}

/** A request without its body. */
interface SentHead {
  /** The method. */
  method: string;
  /** The address. */
  url: URL;
  /** The header, without the fields that are added here. */
  headers: Headers;
  /** The length of the body, bytes. @default there is none */
  size?: number | undefined;
}

/**
 * Returns the head of a request, with its blank line.
 *
 * @throws {TypeError} If a field is malformed.
 */
export function formatRequestHead(
  { method, url, headers, size }: SentHead,
): Uint8Array {
  let text = `${method} ${url.pathname}${url.search} HTTP/1.1\r\n` +
    `host: ${url.host}\r\n`;
  if (size !== undefined) text += `content-length: ${size}\r\n`;
  headers.forEach((value, name) => {
    if (!isField(name, value)) {
      throw new TypeError(`The header field "${name}" is malformed`);
    }
    text += `${name}: ${value}\r\n`;
  });
  return toLatin1(`${text}\r\n`);
}

/** Most requests have the same address as the one before. */
let lastAddress = "";

function isAddress(url: string): boolean {
  if (url === lastAddress) return true;
  if (!URL.canParse(url)) return false;
  lastAddress = url;
  return true;
}

/** Returns `undefined` if the length is wrong or ambiguous. */
function lengthIn(headers: Headers): RequestHead["length"] | undefined {
  const coding = headers.get("transfer-encoding");
  const length = headers.get("content-length");
  if (coding !== null) {
    const isChunked = coding.toLowerCase() === "chunked" && length === null;
    return isChunked ? "chunked" : undefined;
  }
  if (length === null) return null;
  return /^\d{1,15}$/.test(length) ? Number(length) : undefined;
}

/** Fields that the connection of the reply decides. */
const OF_CONNECTION = new Set([
  "connection",
  "keep-alive",
  "transfer-encoding",
]);

/** A reply without its body. */
interface ReplyHead {
  /** The status. */
  status: number;
  /** The header. */
  headers: Headers;
  /** Whether the body is sent in chunks. */
  isChunked: boolean;
  /** Whether the connection stays open. */
  persists: boolean;
}

/** Returns the head of a reply, with its blank line. */
export function formatHead(
  { status, headers, isChunked, persists }: ReplyHead,
): Uint8Array {
  let text = `HTTP/1.1 ${status} \r\n`;
  headers.forEach((value, name) => {
    if (!OF_CONNECTION.has(name)) text += `${name}: ${value}\r\n`;
  });
  if (!headers.has("date")) text += `date: ${new Date().toUTCString()}\r\n`;
  if (isChunked) text += "transfer-encoding: chunked\r\n";
  if (!persists) text += "connection: close\r\n";
  return toLatin1(`${text}\r\n`);
}

const encoder = new TextEncoder();
const NOT_ASCII = /[\x80-\xff]/;

function toLatin1(text: string): Uint8Array {
  return NOT_ASCII.test(text)
    ? Uint8Array.from(text, (it) => it.charCodeAt(0))
    : encoder.encode(text);
}

const decoder = new TextDecoder();

/** What is not ASCII. */
// deno-lint-ignore no-control-regex -- ASCII begins with them
const OTHER = /[^\x00-\x7f]/;

/** Returns a character for each byte. */
export function fromLatin1(bytes: Uint8Array): string {
  const text = decoder.decode(bytes); // the fastest way, for ASCII
  if (!OTHER.test(text)) return text;
  return Array.from(bytes, (it) => String.fromCharCode(it)).join("");
}
