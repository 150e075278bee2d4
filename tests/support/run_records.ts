/**
 * The records in the folder of the runs, by their names on the disk: which runs
 * have which account, and who refreshes one.
 *
 * @module
 */

import { runtime } from "../../lib/system/mod.ts";
import type { Layout } from "../../lib/disk/layout.ts";
import { randomHex } from "../../lib/disk/names.ts";
import { namesIfAny } from "./names_in.ts";

const RUN = /^run_(\d+)_([0-9a-f]{16})$/;

/** The record of a run that may have a login. */
export interface RunRecord {
  /** Its id, 16 hexadecimal digits. */
  id: string;
  /** Its account. */
  account: number;
  /** The process that waits for it; one that cannot be read has ended. */
  process: string;
}

/** The records of the runs that may have a login. */
export async function runRecords({ runs }: Layout): Promise<RunRecord[]> {
  const found = (await namesIfAny(runs)).map((it) => RUN.exec(it))
    .filter((it) => it !== null);
  return await Promise.all(found.map(async ([name, account, id = ""]) => ({
    id,
    account: Number(account),
    process: await Deno.readTextFile(`${runs}/${name}`),
  })));
}

/** Writes the record of a run, or of one that only holds its account. */
export async function recordRun(
  { runs }: Layout,
  { id, account, process }: RunRecord,
  { holds = false }: { holds?: boolean } = {},
): Promise<void> {
  await Deno.mkdir(runs, { recursive: true, mode: 0o700 });
  const path = `${runs}/${holds ? "key_run" : "run"}_${account}_${id}`;
  await Deno.writeTextFile(path, process, { mode: 0o600 });
}

/**
 * Writes that this process refreshes the login of account `index` until
 * `until`, epoch milliseconds.
 */
export async function recordLease(
  { runs }: Layout,
  { index, until }: { index: number; until: number },
): Promise<void> {
  await Deno.mkdir(runs, { recursive: true, mode: 0o700 });
  const process = runtime.host.identify(Deno.pid);
  const lease = { id: randomHex(8), process, until };
  const line = `${JSON.stringify(lease)}\n`;
  await Deno.writeTextFile(`${runs}/refresh_${index}`, line, { mode: 0o600 });
}

/** What is recorded of the last refresh of account `index`. */
export async function refreshRecord(
  { runs }: Layout,
  index: number,
): Promise<Record<string, unknown> | undefined> {
  try {
    const text = await Deno.readTextFile(`${runs}/refresh_${index}`);
    return JSON.parse(text.split("\n")[0] ?? "");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
