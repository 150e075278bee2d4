/**
 * Notes that runs of the agent make about their logins. A refresh may replace
 * both tokens, and then nothing in the new login shows its owner. And if a run
 * waits for the user to log in, that does not prove that its login was refused.
 * So a run of the agent on Node notes each reply to a refresh before the agent
 * gets it:
 *
 * - which tokens were granted for which refresh token: with these notes a login
 *   can be traced back to a token that a slot has or had, however many runs
 *   with other accounts are in progress;
 * - which refresh token was refused;
 * - at its start, that it makes notes: without this one, the absence of other
 *   notes proves nothing.
 *
 * Any other Node program notes, when it writes a login, which login it has
 * read.
 *
 * A note is an empty file whose name contains digests of tokens. So it exists
 * completely or not at all, and contains no secret.
 *
 * @module
 */

import { runtime } from "../../system/mod.ts";
import { digestOf } from "../../disk/bytes.ts";
import type { Credential } from "../../agents/formats.ts";
import type { Layout } from "../../disk/layout.ts";

/** How many hexadecimal digits of its SHA-256 identify a token. */
export const TOKEN_DIGITS = 32;

/** The token that was sent, and the two that were granted for it. */
const GRANT = /^lineage_([0-9a-f]{32})_([0-9a-f]{32})_([0-9a-f]{32})$/;

/** The token that was refused. */
const REFUSAL = /^refused_[0-9a-f]{32}$/;

/** The id of a run that makes notes. */
const TELLER = /^tells_[0-9a-f]{16}$/;

/** Returns a mark that identifies a token without revealing it. */
export async function tokenMark(token: string): Promise<string> {
  const digest = await digestOf(new TextEncoder().encode(token));
  return digest.slice(0, TOKEN_DIGITS);
}

/**
 * Returns the marks of the tokens that `credential` is noted to descend from.
 */
export async function ancestorsOf(
  layout: Layout,
  credential: Credential,
): Promise<Set<string>> {
  const ancestors = new Set<string>();
  const notes = await listGrants(layout);
  if (notes.length === 0) return ancestors;
  const access = await tokenMark(credential.accessToken);
  const refresh = await tokenMark(credential.refreshToken);
  const left = notes.filter((it) =>
    it.access === access || it.refresh === refresh
  ).map((it) => it.sent);
  for (let sent; (sent = left.pop()) !== undefined;) {
    if (ancestors.has(sent)) continue;
    ancestors.add(sent);
    for (const it of notes) if (it.refresh === sent) left.push(it.sent);
  }
  return ancestors;
}

/** Whether run `id` makes notes about its refreshes. */
export async function tellsOfLogins(
  { runs }: Layout,
  id: string,
): Promise<boolean> {
  return await runtime.files.info(`${runs}/tells_${id}`) !== undefined;
}

/** Removes the first note of run `id`, which has ended. */
export async function forgetTeller(
  { runs }: Layout,
  id: string,
): Promise<void> {
  await runtime.files.remove(`${runs}/tells_${id}`);
}

/** Whether a refresh token was refused, and no run got new ones for it. */
export async function wasRefused(
  layout: Layout,
  { refreshToken }: Credential,
): Promise<boolean> {
  const mark = await tokenMark(refreshToken);
  if (!await runtime.files.info(`${layout.runs}/refused_${mark}`)) return false;
  const grants = await listGrants(layout);
  return !grants.some((it) => it.sent === mark);
}

/** Removes all notes. The caller holds the lock, and all runs have ended. */
export async function forgetTold({ runs }: Layout): Promise<void> {
  for (const name of await runtime.files.list(runs)) {
    const isNote = [GRANT, REFUSAL, TELLER].some((it) => it.test(name));
    if (isNote) await runtime.files.remove(`${runs}/${name}`);
  }
}

interface Grant {
  sent: string;
  access: string;
  refresh: string;
}

async function listGrants({ runs }: Layout): Promise<Grant[]> {
  const names = await runtime.files.list(runs);
  return names.flatMap((name) => {
    const [, sent, access, refresh] = GRANT.exec(name) ?? [];
    return sent && access && refresh ? [{ sent, access, refresh }] : [];
  });
}
