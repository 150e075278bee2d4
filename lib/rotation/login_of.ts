import { nameIn } from "./account_name.ts";
import { MissingAccountError } from "../errors.ts";
import { InvalidCredentialError, KeyAccountError } from "../login_errors.ts";
import { isSafe } from "../runtime/loopback.ts";
import type { Found } from "../store/credential_file.ts";
import { allAccounts, slotPath } from "../store/slot_names.ts";
import { readSlot } from "../store/slots.ts";
import type { Snapshot } from "../store/snapshot.ts";

/** What requests with an OAuth account need. Secret. */
export interface LoginOfRun {
  /** Sent with each request. */
  accessToken: string;
  /** Where the API is, without a slash at the end. */
  baseUrl: string;
}

/** Where the CLI goes with a login that names no address (0.12.0). */
const DEFAULT_ADDRESS = "https://dashscope.aliyuncs.com/compatible-mode/v1";

/**
 * Reads the login of the OAuth account `index`, with its address as the CLI
 * completes it.
 *
 * @throws {MissingAccountError} If there is no such OAuth account.
 * @throws {InvalidCredentialError} If there is no login in its slot, or its
 * address is neither https nor on this machine.
 */
export async function readLoginOf(
  snapshot: Pick<Snapshot, "layout" | "slots" | "keys" | "state">,
  index: number,
): Promise<LoginOfRun> {
  const slot = await requireLogin(snapshot, index);
  // Checked when it was read.
  const { resource_url } = JSON.parse(new TextDecoder().decode(slot.bytes));
  const baseUrl = addressOf(resource_url);
  if (baseUrl === undefined) {
    const path = slotPath(snapshot.layout, index);
    const problem = "it has a resource_url that is not https";
    throw new InvalidCredentialError(path, problem);
  }
  return { accessToken: slot.credential.accessToken, baseUrl };
}

/**
 * The content of the slot of the OAuth account `index`.
 *
 * @throws {MissingAccountError} If there is no such OAuth account.
 * @throws {InvalidCredentialError} If there is no login in its slot.
 */
export async function requireLogin(
  { layout, slots, keys, state }: Pick<
    Snapshot,
    "layout" | "slots" | "keys" | "state"
  >,
  index: number,
): Promise<Found> {
  if (!slots.includes(index)) {
    if (keys.includes(index)) {
      throw new KeyAccountError("refresh", index, {
        name: nameIn({ state }, index),
      });
    }
    throw new MissingAccountError(index, allAccounts({ slots, keys }));
  }
  const slot = await readSlot(layout, index);
  if ("bytes" in slot) return slot;
  const problem = `it ${slot.problem}`;
  throw new InvalidCredentialError(slotPath(layout, index), problem);
}

/** The host that answers the login `bytes`, a credential that was checked. */
export function hostOfLogin(bytes: Uint8Array): string | undefined {
  const { resource_url } = JSON.parse(new TextDecoder().decode(bytes));
  return urlOf(resource_url)?.host;
}

function addressOf(resourceUrl: unknown): string | undefined {
  const url = urlOf(resourceUrl);
  return url && isSafe(url) ? url.href : undefined;
}

/** As the CLI has it: https and `/v1` go without saying. */
function urlOf(resourceUrl: unknown): URL | null {
  const text = typeof resourceUrl === "string" && resourceUrl !== ""
    ? resourceUrl
    : DEFAULT_ADDRESS;
  const full = text.startsWith("http") ? text : `https://${text}`;
  return URL.parse(full.endsWith("/v1") ? full : `${full}/v1`);
}
