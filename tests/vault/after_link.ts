import type { AccountFolder } from "../support/account_folder.ts";
import { replaceFiles } from "../support/files.ts";

/** Runs `action` at the moment when a new link has been put in its place. */
export function afterLink(
  { layout }: AccountFolder,
  action: () => void,
): Disposable {
  return replaceFiles((real) => ({
    async exchange(a, b) {
      const isDone = await real.exchange(a, b);
      if (b === layout.live || a === layout.live) action();
      return isDone;
    },
  }));
}
