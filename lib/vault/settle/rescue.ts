import { runtime } from "../../system/mod.ts";
import { digestOf } from "../../disk/bytes.ts";
import { readCredential } from "../logins/credential_file.ts";
import { FILE_MODE, type Layout } from "../../disk/layout.ts";
import { randomHex } from "../../disk/names.ts";
import { namesIn } from "../../disk/files.ts";
import { suspectsIn } from "../logins/stash.ts";
import type { System } from "../../system/system.ts";

/** A login outside the folder of the accounts, because that disk was full. */
export interface Rescued {
  /** The file. */
  path: string;
  /** The account that it was granted to, if the name contains it. */
  index: number | undefined;
}

/** The name of such a login; it contains the tag of the folder, see `tagOf`. */
const NAME = /^account-qwen-login-([0-9a-f]{8})-.+\.json$/;

/**
 * Saves the new tokens `bytes` of account `index` in the first folder that has
 * room, and returns their path. The name contains the account in the same way
 * as that of a stashed file.
 */
export async function rescue(
  layout: Layout,
  bytes: Uint8Array,
  { index, system: { env } }: {
    index: number | undefined;
    system: Pick<System, "env">;
  },
): Promise<string | undefined> {
  const suffix = index === undefined ? "" : `.of_${index}`;
  const tag = await tagOf(layout);
  for (const folder of foldersOf(env)) {
    const name = `account-qwen-login-${tag}-${randomHex(8)}${suffix}.json`;
    const path = `${folder}/${name}`;
    try {
      await runtime.files.create(path, bytes, FILE_MODE);
      if ("bytes" in await readCredential(path, layout)) return path;
    } catch {
      await runtime.files.remove(path).catch(() => false); // a cut-off copy is unusable
    }
  }
  return undefined;
}

/** Returns the logins of our user that `rescue` has saved for this folder. */
export async function listRescued(
  layout: Layout,
  { env }: Pick<System, "env">,
): Promise<Rescued[]> {
  const rescued: Rescued[] = [];
  const tag = await tagOf(layout);
  for (const folder of foldersOf(env)) {
    for (const name of await namesIn(folder)) {
      if (NAME.exec(name)?.[1] !== tag) continue;
      const path = `${folder}/${name}`;
      const info = await runtime.files.info(path);
      if (info?.kind !== "file" || info.uid !== runtime.host.uid) continue;
      const suspects = suspectsIn(path);
      const index = suspects === "any" ? undefined : suspects[0];
      rescued.push({ path, index });
    }
  }
  return rescued;
}

/** Returns a tag that identifies the folder of the accounts. */
async function tagOf({ root }: Layout): Promise<string> {
  const path = await runtime.files.realPath(root) ?? root;
  const bytes = new TextEncoder().encode(path);
  return (await digestOf(bytes)).slice(0, 8);
}

function foldersOf(env: System["env"]): Set<string> {
  const folders = [env("HOME"), env("TMPDIR"), "/tmp"];
  return new Set(
    folders.flatMap((it) => it ? [it.replace(/(?<=.)\/+$/, "")] : []),
  );
}
