import { invalidCredential } from "../../common_errors.ts";
import { runtime } from "../../system/mod.ts";
import { sameBytes } from "../../disk/bytes.ts";
import { FILE_MODE, withLink } from "../../disk/layout.ts";
import { readLiveFile } from "./live_file.ts";
import { slotPath, temporaryName } from "../../disk/names.ts";
import { readSlot } from "./slots.ts";
import { unlinkPlainLogin } from "../home_logins/change_logins.ts";
import { hasLoginFolders } from "../home_logins/login_accounts.ts";
import { requireNoPlainProcess } from "../home_logins/users.ts";
import type { Locked } from "../locked.ts";

/**
 * Replaces the link with a copy of the active login, so that the plain agent
 * works without the slots. Returns the account, or `undefined` if there is no
 * link. The slot stays: if account-qwen is used again, it adopts the copy as
 * after a refresh by the plain agent, and makes the link again.
 *
 * @throws {AgentError} If the agent reads no login through a link.
 * @throws {FileError} If the slot is unusable.
 * @throws {BusyError} If a process uses a login that would be moved.
 */
export async function unlinkLogin(
  locked: Locked,
): Promise<number | undefined> {
  if (hasLoginFolders(locked.layout)) return await unlinkFromFolder(locked);
  const layout = withLink(locked.layout);
  const live = await readLiveFile(layout);
  if (live.kind !== "slot") return undefined;
  const found = await readSlot(layout, live.index);
  if ("problem" in found) {
    const path = slotPath(layout, live.index);
    throw invalidCredential(path, `it ${found.problem}`);
  }
  await putCopy(layout.live, found.bytes);
  await runtime.files.syncFolder(layout.root);
  return live.index;
}

/** Moves the login back: of two copies, one would end the other. */
async function unlinkFromFolder(locked: Locked): Promise<number | undefined> {
  const { layout: { agent }, state } = locked;
  const isLinked = agent.homes.login?.plain === "link" &&
    state.plain !== undefined;
  if (!isLinked) return undefined;
  const doing = `move the login of plain ${agent.program} back`;
  await requireNoPlainProcess(locked, doing, { canForce: false });
  return await unlinkPlainLogin(locked);
}

/** Replaces the link; keeps whatever the agent writes there meanwhile. */
async function putCopy(live: string, bytes: Uint8Array): Promise<void> {
  const { files } = runtime;
  const copy = temporaryName(live);
  await files.create(copy, bytes, FILE_MODE);
  if (!await files.exchange(copy, live)) {
    // This system cannot swap names: the live file is absent for a moment.
    await files.remove(copy);
    await files.rename(live, copy);
    if (await files.readLink(copy) === undefined) {
      return await files.rename(copy, live);
    }
    await files.create(live, bytes, FILE_MODE);
  } else if (await files.readLink(copy) === undefined) {
    // The agent has just put a file there, and may do so again.
    await files.exchange(copy, live);
    const left = await files.readPart(copy, 0, bytes.length + 1);
    if (!sameBytes(left, bytes)) return; // the next command saves it
  }
  await files.remove(copy);
}
