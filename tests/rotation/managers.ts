import { AccountManager } from "../../lib/rotation/account_manager.ts";
import type { AccountFolder } from "../support/account_folder.ts";
import { fakeClock } from "../support/clock.ts";

/**
 * A manager at `NOW` that tells `notices`. It waits for the lock: a child that
 * another test is just starting may hold that for a moment.
 */
export function managerOf(
  { path }: AccountFolder,
  notices: string[] = [],
): AccountManager {
  return new AccountManager({
    dir: path,
    notify: (it) => notices.push(it),
    system: fakeClock(),
  });
}

/** What the live file links to. */
export function linkOf({ layout }: AccountFolder): Promise<string> {
  return Deno.readLink(layout.live);
}
