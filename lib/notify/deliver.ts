import { unsafeFile } from "../common_errors.ts";
import { hasCode } from "../errors.ts";
import { findFault } from "../disk/permissions.ts";
import { FILE_MODE } from "../disk/layout.ts";
import { messageOf, reasonOf } from "../system/message_of.ts";
import { runtime } from "../system/mod.ts";
import { realSystem, type System } from "../system/system.ts";
import { type Form, FORMS } from "./forms.ts";
import type { Delivered } from "./message_file.ts";
import { type Outcome, outcomeOf } from "./retry.ts";
import { readSecret, signatureHeaders } from "./sign.ts";
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
 * Delivers a message to `target` once. A failure is an outcome; none of its
 * words has a secret or more of an address than its host.
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
    if (target.type === "desktop" || target.type === "program") {
      return await runTarget(target, message, { signal: ending, system });
    }
    return await post(target, message, { signal: ending, system });
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
  message: Delivered,
  { signal, system }: Required<DeliverOptions> & { signal: AbortSignal },
): Promise<Outcome> {
  if (target.type === "desktop" || target.type === "program") {
    throw new TypeError(`Cannot post to "${target.name}": it has no address`);
  }
  const address = target.url ?? await readLine(target.urlFile ?? "");
  const base = safeUrl(address);
  if (!base) return failed(`the address ${UNSAFE_URL}`);
  const form = FORMS[target.type](message.payload, target);
  const { url, headers } = await authorize(target, {
    base,
    form,
    message,
    system,
  });
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
  { base, form, message, system }: {
    base: URL;
    form: Form;
    message: Delivered;
    system: Pick<System, "now">;
  },
): Promise<{ url: URL; headers: Record<string, string> }> {
  if (type === "telegram") {
    const token = await readLine(tokenFile ?? "");
    const root = base.href.replace(/\/$/, "");
    return { url: new URL(`${root}/bot${token}/sendMessage`), headers: {} };
  }
  if (type === "webhook") {
    const secret = readSecret(await readLine(secretFile ?? ""));
    if ("problem" in secret) {
      throw unsafeFile(secretFile ?? "", secret.problem);
    }
    const timestamp = Math.floor(system.now() / 1_000);
    const signed = { id: message.id, timestamp, body: form.body };
    return { url: base, headers: await signatureHeaders(signed, secret.key) };
  }
  if (tokenFile === undefined) return { url: base, headers: {} };
  const authorization = `Bearer ${await readLine(tokenFile)}`;
  return { url: base, headers: { authorization } };
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
