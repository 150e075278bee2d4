import { runtime } from "../system/mod.ts";
import { dirname } from "../disk/names.ts";

/** What a shell reads unchanged. */
const PLAIN = /^[\w./@:+-]+$/;

/** What a terminal does not show unchanged; it could not be pasted. */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}]/u;

/** A word as a shell reads it, quoted where it must be. */
export function shellWord(text: string): string {
  if (PLAIN.test(text)) return text;
  if (!UNSEEN.test(text)) return `'${text.replaceAll("'", `'\\''`)}'`;
  const bytes = [...new TextEncoder().encode(text)].map((byte) => {
    const letter = String.fromCharCode(byte);
    if (PLAIN.test(letter)) return letter;
    return `\\0${byte.toString(8).padStart(3, "0")}`;
  });
  return `"$(printf %b '${bytes.join("")}')"`;
}

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
