import { runtime } from "../system/mod.ts";
import { shellWord } from "../accounts/fix_of.ts";
import { dirname } from "../disk/names.ts";

/**
 * The command that moves the entry at `path` to where it is in nobody's way:
 * `to` with `.away` and, where that is taken, a number.
 */
export async function moveAway(path: string, to = path): Promise<string> {
  let away = `${to}.away`;
  for (let number = 2; await runtime.files.info(away); number++) {
    away = `${to}.away${number}`;
  }
  const mv = await mayMove(path, away) ? "mv" : "sudo mv";
  return `${mv} ${shellWord(path)} ${shellWord(away)}`;
}

/** A folder that gets another parent is written to (rename(2)). */
async function mayMove(path: string, to: string): Promise<boolean> {
  const { uid } = runtime.host;
  if (uid === 0 || dirname(path) === dirname(to)) return true;
  const info = await runtime.files.info(path);
  return info?.kind !== "folder" || info.uid === uid;
}
