import { unsafeFile } from "../common_errors.ts";
import { hasCode } from "../errors.ts";
import { findFault } from "../disk/permissions.ts";
import { FILE_MODE } from "../disk/layout.ts";
import { messageOf, reasonOf } from "../system/message_of.ts";
import { runtime } from "../system/mod.ts";
import { realSystem, type System } from "../system/system.ts";
import { type Form, FORMS } from "./forms.ts";
import { type Delivered, type Outcome, outcomeOf } from "./message.ts";
import { runTarget } from "./run_target.ts";
import { safeUrl, type Target, UNSAFE_URL } from "./targets.ts";

/** How to deliver. */
export interface DeliverOptions {
  /** Ends the try. @default nothing does */
  signal?: AbortSignal | undefined;
  /** @default realSystem */
  system?: Pick<System, "now" | "fetch" | "spawn" | "sleep">;
}

/** How long one try may take, milliseconds. */
const TIMEOUT_MS = 10_000;

/** The most that is read from a file with an address or a secret, bytes. */
const MOST_BYTES = 4_096;

/**
 * Delivers a message to `target` once. A failure is an outcome, not an error; its
 * text has no secret, and only the host of an address.
 */
export async function deliver(
  target: Target,
  message: Delivered,
  options: DeliverOptions = {},
): Promise<Outcome> {
  const { signal, system = realSystem } = options;
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const ending = signal ? AbortSignal.any([signal, timeout]) : timeout;
  try {
    const { type } = target;
    if (type === "desktop" || type === "program") {
      return await runTarget(target, message, { signal: ending, system });
    }
    const form = FORMS[type](message.payload, target);
    const { id } = message;
    return await post(target, form, { id, signal: ending, system });
  } catch (error) {
    if (hasCode(error, "unsafe-file")) return failed(messageOf(error));
    const said = timeout.aborted
      ? `no answer within ${TIMEOUT_MS / 1_000} s`
      : reasonOf(error);
    return failed(said);
  }
}

function failed(said: string): Outcome {
  return { isDone: false, said, isFinal: false };
}

async function post(
  target: Target,
  form: Form,
  { id, signal, system }: {
    id: string;
    signal: AbortSignal;
    system: Pick<System, "now" | "fetch">;
  },
): Promise<Outcome> {
  const address = target.url ?? await readLine(target.urlFile ?? "");
  const base = safeUrl(address);
  if (!base) return failed(`the address ${UNSAFE_URL}`);
  const now = system.now();
  const { url, headers } = await authorize(target, { base, form, id, now });
  const response = await system.fetch(url, {
    method: "POST",
    headers: { ...form.headers, ...headers },
    body: form.body,
    // The signature and the address are secrets, and not for another host.
    redirect: "manual",
    signal,
  });
  await response.body?.cancel();
  const retryAfter = response.headers.get("retry-after");
  return outcomeOf({ status: response.status, retryAfter }, system.now());
}

/** Adds what proves to the target who sends. */
async function authorize(
  { type, tokenFile, secretFile }: Target,
  { base, form, id, now }: { base: URL; form: Form; id: string; now: number },
): Promise<{ url: URL; headers: Record<string, string> }> {
  if (type === "telegram") {
    const token = await readToken(tokenFile ?? "");
    const root = base.href.replace(/\/$/, "");
    return { url: new URL(`${root}/bot${token}/sendMessage`), headers: {} };
  }
  if (type === "webhook") {
    const secret = readSecret(await readLine(secretFile ?? ""));
    if ("problem" in secret) {
      throw unsafeFile(secretFile ?? "", secret.problem);
    }
    const signed = { id, timestamp: Math.floor(now / 1_000), body: form.body };
    return { url: base, headers: await signatureHeaders(signed, secret.key) };
  }
  if (tokenFile === undefined) return { url: base, headers: {} };
  const authorization = `Bearer ${await readToken(tokenFile)}`;
  return { url: base, headers: { authorization } };
}

/**
 * Reads a file with a token. An invisible character that was copied with it
 * cannot be sent in a header, which would look like a failed connection.
 *
 * @throws {FileError} As `readLine()`, or if it has such a character.
 */
async function readToken(path: string): Promise<string> {
  const token = await readLine(path);
  if (/^[!-~]+$/.test(token)) return token;
  throw unsafeFile(path, "has a character that no token has");
}

/**
 * Reads a file with a secret, which only we may read.
 *
 * @throws {FileError} If others may read it, or it is not a small text file.
 */
async function readLine(path: string): Promise<string> {
  const home = runtime.host.variable("HOME") ?? "";
  const full = path.replace(/^~(?=\/)/, home);
  const real = await runtime.files.realPath(full);
  if (real === undefined) throw unsafeFile(path, "does not exist");
  const fault = await findFault(real, "file", FILE_MODE);
  if (fault) {
    const help = fault.kind === "loose" ? `: chmod 600 ${path}` : "";
    throw unsafeFile(path, fault.problem + help);
  }
  const bytes = await runtime.files.readPart(real, 0, MOST_BYTES);
  const text = new TextDecoder().decode(bytes).trim();
  if (text !== "" && !/\s/.test(text)) return text;
  throw unsafeFile(path, "does not have one line of text");
}

/** The mark of a secret in the form of Standard Webhooks. */
const PREFIX = "whsec_";

/** The sizes that the specification allows for a secret, bytes. */
const SIZES = { least: 24, most: 64 };

/**
 * Reads a secret of Standard Webhooks, `whsec_` and base64. Returns the problem
 * if it is not one; completes "it ...".
 */
export function readSecret(
  text: string,
): { key: Uint8Array<ArrayBuffer> } | { problem: string } {
  const given = text.trim();
  if (!given.startsWith(PREFIX)) {
    return { problem: `does not begin with ${PREFIX}` };
  }
  let key: Uint8Array<ArrayBuffer>;
  try {
    key = Uint8Array.fromBase64(given.slice(PREFIX.length));
  } catch {
    return { problem: `has no base64 after ${PREFIX}` };
  }
  const { least, most } = SIZES;
  if (key.length < least || key.length > most) {
    return { problem: `is not a key of ${least} to ${most} bytes` };
  }
  return { key };
}

/**
 * Returns the headers of a signed webhook: HMAC-SHA256 of
 * `ID.TIMESTAMP.BODY`, base64, with the version in front
 * (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md).
 */
export async function signatureHeaders(
  { id, timestamp, body }: {
    id: string;
    /** When it is sent, seconds since the epoch. */
    timestamp: number;
    /** The exact text that is sent. */
    body: string;
  },
  secret: Uint8Array<ArrayBuffer>,
): Promise<Record<string, string>> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", secret, algorithm, false, [
    "sign",
  ]);
  const content = new TextEncoder().encode(`${id}.${timestamp}.${body}`);
  const signature = await crypto.subtle.sign("HMAC", key, content);
  return {
    "webhook-id": id,
    "webhook-timestamp": String(timestamp),
    "webhook-signature": `v1,${new Uint8Array(signature).toBase64()}`,
  };
}
