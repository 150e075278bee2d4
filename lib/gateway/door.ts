import { errorReply } from "./error_reply.ts";
import type { Reply } from "../system/network.ts";
import type { Fault, Wire } from "./wire/wire.ts";

/** Which requests to admit. */
export interface Door {
  /** The secret that only the client knows. */
  token: string;
  /** The path of the API, without a trailing slash. */
  basePath: string;
  /** Whether `host` is one of our names. */
  isOurs: (host: string) => boolean;
  /** The format of a refusal, and of the client's key. */
  wire: Wire;
}

/** The path of an admitted request, or the reply to a rejected one. */
export type Entry =
  | { path: string; refusal?: undefined }
  | { refusal: Reply; fault: Fault };

/**
 * Decides whether to admit `request`. `path` is the part below the base path,
 * with the query.
 *
 * Web pages are never admitted: a browser sends `Origin`, and a page that
 * points its own name at this machine (DNS rebinding) sends that name as
 * `Host`.
 */
export function enter(
  request: Pick<Request, "url" | "headers">,
  door: Door,
): Entry {
  const { headers } = request;
  const { wire } = door;
  const url = parsed(request.url);
  if (!door.isOurs((headers.get("host") ?? url.host).toLowerCase())) {
    return refuse(
      "forbidden",
      "This address is only for the program that was given it",
    );
  }
  if (headers.has("origin")) {
    return refuse("forbidden", "Web pages have no access");
  }
  if (!wire.keysIn(headers).every((it) => isSame(it, door.token))) {
    return refuse("wrong-key", "The key of this run is missing or wrong");
  }
  if (/\bwebsocket\b/i.test(headers.get("upgrade") ?? "")) {
    return refuse("no-upgrade", "There are no websockets here");
  }
  const rest = pathBelow(door.basePath, url.pathname);
  if (rest === undefined) {
    return refuse("unknown-path", "There is no such path here");
  }
  return { path: rest + url.search };

  function refuse(fault: Fault, message: string): Entry {
    return { refusal: errorReply(wire, { fault, message }), fault };
  }
}

/** Most requests have the same address as the one before. */
let last: { text: string; url: URL } | undefined;

function parsed(text: string): URL {
  if (last?.text !== text) last = { text, url: new URL(text) };
  return last.url;
}

const encoder = new TextEncoder();

/** Compares in constant time. */
export function isSame(offered: string, secret: string): boolean {
  const [given, wanted] = [encoder.encode(offered), encoder.encode(secret)];
  let difference = given.length ^ wanted.length;
  for (let at = 0; at < given.length; at++) {
    difference |= (given[at] ?? 0) ^ (wanted[at % wanted.length] ?? 0);
  }
  return difference === 0 && wanted.length > 0;
}

/** A parsed URL has no dot segments, but a server may decode more of them. */
function pathBelow(basePath: string, path: string): string | undefined {
  const isBelow = path === basePath || path.startsWith(`${basePath}/`);
  const rest = path.slice(basePath.length);
  return isBelow && !HIDDEN_DOTS.test(rest) ? rest : undefined;
}

/** `..` between slashes or backslashes, encoded or not. */
const HIDDEN_DOTS = /(?:\/|\\|%2f|%5c)(?:\.|%2e){1,2}(?:\/|\\|%2f|%5c|$)/i;
