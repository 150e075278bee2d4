import { type OAuthAction, OAuthError } from "./errors.ts";
import { reasonOf } from "../system/message_of.ts";
import { realSystem, type System } from "../system/system.ts";

/** The time limit for a request, including the whole reply. */
export const REQUEST_LIMIT_MS = 30_000;

/** A token reply takes a few kilobytes; a larger one is something else. */
const MAX_REPLY_BYTES = 1024 * 1024;

/** The answer of the service: an object, or the problem with it. */
export type Reply =
  | { status: number; body: Record<string, unknown> }
  | { status: number; problem: string };

/** Options of `postForm`. */
export interface PostOptions {
  /** The requested action. */
  action: OAuthAction;
  /** Further headers. */
  headers?: Record<string, string>;
  /** Cancels the request. */
  signal?: AbortSignal | undefined;
  /** @default realSystem */
  system?: Pick<System, "fetch" | "sleep">;
}

/**
 * Sends `form` to `url` and reads the reply, whatever its status. Does not
 * follow redirects: the form contains a secret, and our endpoints do not
 * redirect.
 *
 * @throws {OAuthError} `unreachable`, if no complete reply arrives within 30 s.
 * @throws The reason of `signal`, if it aborts.
 */
export async function postForm(
  url: string,
  form: Record<string, string>,
  options: PostOptions,
): Promise<Reply> {
  const { action, headers, signal, system = realSystem } = options;
  const limit = new AbortController();
  const done = new AbortController();
  const timer = system.sleep(REQUEST_LIMIT_MS, done.signal)
    .then(() => limit.abort(), () => {});
  try {
    const response = await system.fetch(url, {
      method: "POST",
      headers: { accept: "application/json", ...headers },
      body: new URLSearchParams(form),
      redirect: "manual",
      signal: AbortSignal.any([limit.signal, ...(signal ? [signal] : [])]),
    });
    return await readReply(response);
  } catch (error) {
    signal?.throwIfAborted();
    const reason = limit.signal.aborted
      ? `no answer within ${REQUEST_LIMIT_MS / 1_000} s`
      : reasonOf(error);
    const problem = `"${new URL(url).host}" cannot be reached: ${reason}`;
    throw new OAuthError(action, "unreachable", problem, { cause: error });
  } finally {
    done.abort();
    await timer;
  }
}

async function readReply(response: Response): Promise<Reply> {
  const { status, headers } = response;
  const bytes = await readBody(response);
  if (!bytes) return { status, problem: "more than 1 MiB" };
  const text = new TextDecoder().decode(bytes).trim();
  if (status >= 300 && headers.has("location")) {
    return { status, problem: "a redirect" };
  }
  if (text === "") return { status, problem: "nothing" };
  if (text.startsWith("<")) return { status, problem: "a web page" };
  const body = parseObject(text);
  return body ? { status, body } : { status, problem: "no JSON object" };
}

/** Returns the whole body; `undefined` if it is too large. */
async function readBody(response: Response): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > MAX_REPLY_BYTES) return undefined; // leaving the loop cancels the rest
    chunks.push(chunk);
  }
  return await new Blob(chunks).bytes();
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === "object" && value !== null &&
      !Array.isArray(value);
    return isObject ? { ...value } : undefined;
  } catch {
    return undefined; // the parser's own message may quote a token
  }
}
