/**
 * What runs of the agent tell of their logins. A refresh may replace both
 * tokens, and then nothing in the new login says whose it is; and that a run
 * waits for somebody to log in does not say that a login was refused. So a run
 * of the agent on Node notes each answer to a refresh before the agent gets it:
 *
 * - what was granted for which refresh token: with these notes a login leads
 *   back to a token that a slot holds or held, however many runs with other
 *   accounts are under way;
 * - which refresh token was refused;
 * - and first of all, that it does so: without that note nothing follows from
 *   the absence of the others.
 *
 * Another program of Node notes, when it writes a login, which one it had read.
 *
 * A note is an empty file whose name holds digests of tokens. So it is there as
 * a whole or not at all, and no secret is in it.
 *
 * @module
 */

import { runtime } from "../../system/mod.ts";
import { digestOf } from "../../disk/bytes.ts";
import type { Credential } from "../../agents/formats.ts";
import type { Layout } from "../../disk/layout.ts";

/** How many hexadecimal digits of the SHA-256 of a token tell it from others. */
export const TOKEN_DIGITS = 32;

/** The token that was sent, and the two that were granted for it. */
const GRANT = /^lineage_([0-9a-f]{32})_([0-9a-f]{32})_([0-9a-f]{32})$/;

/** The token that was refused. */
const REFUSAL = /^refused_[0-9a-f]{32}$/;

/** The id of the run that tells. */
const TELLER = /^tells_[0-9a-f]{16}$/;

/** Tells a token from all others without showing it. */
export async function tokenMark(token: string): Promise<string> {
  const digest = await digestOf(new TextEncoder().encode(token));
  return digest.slice(0, TOKEN_DIGITS);
}

/**
 * The marks of the refresh tokens that `credential` descends from, as far as
 * there are notes; its own is none of them.
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

/** Whether run `id` notes what comes of its refreshes. */
export async function tellsOfLogins(
  { runs }: Layout,
  id: string,
): Promise<boolean> {
  return await runtime.files.info(`${runs}/tells_${id}`) !== undefined;
}

/** Forgets that run `id`, which has ended, told something. */
export async function forgetTeller(
  { runs }: Layout,
  id: string,
): Promise<void> {
  await runtime.files.remove(`${runs}/tells_${id}`);
}

/**
 * Whether the refresh token of `credential` was refused, and no run has got a
 * login for it.
 */
export async function wasRefused(
  layout: Layout,
  { refreshToken }: Credential,
): Promise<boolean> {
  const mark = await tokenMark(refreshToken);
  if (!await runtime.files.info(`${layout.runs}/refused_${mark}`)) return false;
  const grants = await listGrants(layout);
  return !grants.some((it) => it.sent === mark);
}

/** Forgets what runs have told. The caller holds the lock; none goes on. */
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
