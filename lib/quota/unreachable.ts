import { isNoise } from "./evidence.ts";
import { withoutEscapes } from "./redact.ts";

/** How programs and libraries say that they got no connection. */
const NO_CONNECTION =
  /\b(?:ENOTFOUND|EAI_AGAIN|ECONN\w+|ETIMEDOUT|E(?:NET|HOST)UNREACH|EPIPE|ERR_(?:SSL|TLS)\w*|CERT_\w+)\b|(?:failed|unable|cannot|can't|could ?n[o']t|error|not able)\b.{0,30}\b(?:connect|resolve|reach)|connection\b.{0,40}\b(?:refused|reset|closed|aborted|timed out|failed|error)|ConnectionError|ConnectTimeout|max retries exceeded|(?:name or service|host|nodename).{0,40}\bnot known|no (?:such host|route to host)|name resolution|(?:network|host) is (?:unreachable|down)|fetch failed|dial tcp|getaddrinfo|dns error|certificate|handshake|SSLError/i;

/** What is looked at of a program's words: the last of its lines. */
const LAST_LINES = 8;

/**
 * Returns the line of `text` with which a failed program says that it cannot
 * reach `host`, which is the account's; `undefined` if none of the last ones
 * does. A line without that name may be about any other connection.
 */
export function findUnreachable(
  text: string,
  host: string,
): string | undefined {
  const named = new RegExp(`(?<![\\w.-])${RegExp.escape(host)}(?![\\w-])`, "i");
  return withoutEscapes(text.slice(-64 * 1024)).split(/\r?\n/)
    .map((it) => it.trim())
    .filter((it) => !isNoise(it))
    .slice(-LAST_LINES)
    .findLast((it) => NO_CONNECTION.test(it) && named.test(it));
}
