import { AccountManager } from "../../lib/rotation/account_manager.ts";
import type { AccountFolder } from "../support/account_folder.ts";
import { fakeClock } from "../support/clock.ts";

/** A manager at `NOW` that tells `notices` and waits 100 ms for the lock. */
export function managerOf(
  { path }: AccountFolder,
  notices: string[] = [],
): AccountManager {
  return new AccountManager({
    dir: path,
    notify: (it) => notices.push(it),
    lockTimeoutMs: 100,
    system: fakeClock(),
  });
}

/** What the live file links to. */
export function linkOf({ layout }: AccountFolder): Promise<string> {
  return Deno.readLink(layout.live);
}
