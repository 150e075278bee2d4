import { type OAuthAction, OAuthError } from "./errors.ts";
import { reasonOf } from "../runtime/message_of.ts";
import { realSystem, type System } from "../system.ts";

/** How long a request may take, to the end of its reply. */
export const REQUEST_LIMIT_MS = 30_000;

/** A token reply is some kilobytes; more is something else. */
const MAX_REPLY_BYTES = 1024 * 1024;

/** What the provider answered: an object, or what came instead of one. */
export type Reply =
  | { status: number; body: Record<string, unknown> }
  | { status: number; problem: string };

/** How to make a request. */
export interface PostOptions {
  /** What the request is for. */
  action: OAuthAction;
  /** Further headers. */
  headers?: Record<string, string>;
  /** Ends it early. */
  signal?: AbortSignal | undefined;
  /** @default realSystem */
  system?: Pick<System, "fetch" | "sleep">;
}

/**
 * Sends `form` to `url` and reads the reply, whatever its status. Redirects
 * are not followed: the form holds a secret, and no endpoint of ours has any.
 *
 * @throws {OAuthError} `unreachable`, if no whole reply came within 30 s.
 * @throws The reason of `signal`, if that ended it.
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

/** The whole body, or `undefined` if it is too large. */
async function readBody(response: Response): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > MAX_REPLY_BYTES) return undefined; // which cancels the rest
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
