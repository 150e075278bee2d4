import { digestOf } from "../../lib/disk/bytes.ts";
import type { AccountFolder } from "./account_folder.ts";

/** What stands for a token in the notes of a run. */
export async function tokenMark(token: string): Promise<string> {
  const digest = await digestOf(new TextEncoder().encode(token));
  return digest.slice(0, 32);
}

/**
 * Notes that `granted` came from `sent`, as a run of the agent on Node does.
 */
export async function tellGrant(
  folder: AccountFolder,
  sent: Uint8Array,
  granted: Uint8Array,
): Promise<void> {
  const marks = [
    tokensIn(sent).refresh_token,
    tokensIn(granted).access_token,
    tokensIn(granted).refresh_token,
  ].map(tokenMark);
  await note(folder, "lineage", ...await Promise.all(marks));
}

/** Notes that the refresh token of `sent` was refused. */
export async function tellRefusal(
  folder: AccountFolder,
  sent: Uint8Array,
): Promise<void> {
  const mark = await tokenMark(tokensIn(sent).refresh_token);
  await note(folder, "refused", mark);
}

/** Notes that run `id` makes such notes. */
export async function tellThatItTells(
  folder: AccountFolder,
  id: string,
): Promise<void> {
  await note(folder, "tells", id);
}

async function note(
  { layout }: AccountFolder,
  ...words: readonly string[]
): Promise<void> {
  await Deno.mkdir(layout.runs, { recursive: true, mode: 0o700 });
  await Deno.writeTextFile(`${layout.runs}/${words.join("_")}`, "");
}

function tokensIn(bytes: Uint8Array) {
  return JSON.parse(new TextDecoder().decode(bytes));
}
