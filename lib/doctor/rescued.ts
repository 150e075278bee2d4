import { shellWord } from "../accounts/fix_of.ts";
import { nameIn } from "../vault/account_name.ts";
import { isKept } from "../vault/logins/generations.ts";
import { sameBytes } from "../disk/bytes.ts";
import {
  type Found,
  readCredential,
  readSlot,
} from "../vault/logins/credential_file.ts";
import { basename } from "../disk/names.ts";
import { type Finding, type Look, moveAway } from "./finding.ts";
import type { Rescued } from "../vault/settle/grants.ts";

const check = "rescued";

/** Finds new tokens that could only be saved outside the folder. */
export async function* examineRescued(look: Look): AsyncIterable<Finding> {
  for (const it of look.rescued) {
    const found = await readCredential(it.path, look.layout);
    if ("problem" in found) {
      const problem = `${it.path} is not a login: it ${found.problem}`;
      yield { check, problem, mend: await moveAway(it.path) };
    } else {
      yield { check, ...await examine(look, it, found) };
    }
  }
}

/**
 * Returns what is wrong, and a command that fixes it without replacing a later
 * login by an earlier one.
 */
async function examine(
  look: Look,
  { path, index }: Rescued,
  found: Found,
): Promise<Omit<Finding, "check">> {
  const { layout, slots, self } = look;
  const file = shellWord(path);
  if (index === undefined || !slots.includes(index)) {
    const problem = `a new login could not be saved and is in ${path}`;
    return { problem, mend: `${self} setup ${file} && rm ${file}` };
  }
  const slot = await readSlot(layout, index);
  const isSaved = "bytes" in slot && sameBytes(slot.bytes, found.bytes) ||
    await isKept(layout, index, found.bytes);
  if (isSaved) {
    const problem = `${nameIn(look, index)} has the login in ${path} by now`;
    return { problem, mend: `rm ${file}` };
  }
  const problem = `new tokens of ${
    nameIn(look, index)
  } could not be saved and are in ${path}`;
  const isLater = "credential" in slot &&
    slot.credential.expiresAt > found.credential.expiresAt;
  if (isLater) {
    const mend = await moveAway(path);
    return { problem: `${problem}; it has later ones`, mend };
  }
  const stash = shellWord(layout.stash);
  const restore = `${self} restore ${index} --stash ${basename(path)}`;
  const mend = `mkdir -p -m 700 ${stash} && mv ${file} ${stash} && ${restore}`;
  return { problem, mend };
}
