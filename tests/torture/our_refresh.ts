import { AccountManager } from "../../lib/accounts/account_manager.ts";
import { runtime } from "../../lib/system/mod.ts";
import { basename } from "../../lib/disk/names.ts";
import { realSystem } from "../../lib/system/system.ts";
import type { Place } from "./arena.ts";
import { listKept, SLOT } from "./kept.ts";
import { inWorld, note, noteSaved, refresh } from "./service.ts";
import type { Random } from "./random.ts";
import { formatPair, namePair, parsePair } from "./tokens.ts";

/** Refreshes account `index` as `account-qwen refresh` does. */
export async function refreshOurselves(
  place: Place,
  index: number,
  random: Random,
): Promise<void> {
  const { dir, world } = place;
  using slots = watchSlots(world);
  const fetch = async (_: string | URL, init: RequestInit = {}) => {
    await realSystem.sleep(random.between(0, 10)); // the request
    const form = new URLSearchParams(String(init.body));
    const refresh_token = form.get("refresh_token");
    const sent = parsePair(JSON.stringify({ refresh_token }));
    if (!sent) throw new Error("There is no refresh token in the request");
    const held = { ...sent, stale: slots.stale.has(namePair(sent)) };
    const pair = inWorld(world, (it) => refresh(it, held, "us"));
    await realSystem.sleep(random.between(0, 10)); // the answer
    return pair
      ? Response.json({ ...JSON.parse(formatPair(pair)), expires_in: 3_600 })
      : Response.json({ error: "invalid_grant" }, { status: 400 });
  };
  const env = (name: string) =>
    name === "HOME" ? realSystem.env(name) : undefined;
  const accounts = new AccountManager({
    dir,
    system: { ...realSystem, env, fetch },
  });
  const { refreshed } = await accounts.refresh(index);
  const kept = listKept(place);
  inWorld(world, (it) => {
    noteSaved(it, kept, { done: true });
    if (refreshed) note(it, `has refreshed account ${index}`);
  });
}

/**
 * Notes which pairs were read from a slot. Called before the newer pair is
 * written, because the agent may write while we read.
 */
function watchSlots(world: string): Disposable & { stale: Set<string> } {
  const stale = new Set<string>();
  const { files } = runtime;
  const read: typeof files.read = async (path, maxBytes) => {
    if (!SLOT.test(basename(path))) return await files.read(path, maxBytes);
    const families = inWorld(world, (it) => it.families);
    const bytes = await files.read(path, maxBytes);
    const pair = parsePair(new TextDecoder().decode(bytes));
    if (pair) {
      const placed = families[pair.owner]?.placed ?? -1;
      if (pair.number < placed) stale.add(namePair(pair));
      else stale.delete(namePair(pair));
    }
    return bytes;
  };
  runtime.files = { ...files, read };
  return {
    stale,
    [Symbol.dispose]: () => {
      runtime.files = files;
    },
  };
}
