import { unsafeFile } from "../common_errors.ts";
import { writeAtomic } from "../disk/files.ts";
import { FILE_MODE, FOLDER_MODE, type Layout } from "../disk/layout.ts";
import { withLock } from "../disk/lock.ts";
import { replacedBy } from "../disk/names.ts";
import { findFault, secureFile, secureFolder } from "../disk/permissions.ts";
import { type FileLock, runtime } from "../system/mod.ts";
import { formatMessage, type Message, parseMessage } from "./message.ts";

/**
 * How long to wait for the lock of the outbox, milliseconds. It is held for
 * moments; a stopped process that has it must not hold up a run for long.
 */
const LOCK_TIMEOUT_MS = 2_000;

/** The largest file that is read, bytes. */
const MOST_BYTES = 64 * 1024;

/**
 * The most files that are read, twice as many as are kept. With 100,000 files,
 * reading all of them kept a run waiting for minutes.
 */
const MOST_READ = 2_000;

const NAME = /^(msg_[0-9a-f]{32})\.json$/;

/** Returns the ids that files are named after, the oldest first. */
async function listIds({ outbox }: Layout): Promise<string[]> {
  const names = await runtime.files.list(outbox);
  return names.map((it) => NAME.exec(it)?.[1]).filter((it) => it !== undefined);
}

/**
 * Returns the ids of files that are older than all that `readMessages()` reads;
 * as many as one look can remove.
 */
export async function listUnread(layout: Layout): Promise<string[]> {
  return (await listIds(layout)).slice(0, -MOST_READ).slice(0, MOST_READ);
}

/**
 * Reads the newest messages, the oldest of them first. Skips files that are
 * not messages.
 *
 * @throws {FileError} If the outbox is not a folder or belongs to another user.
 */
export async function readMessages(layout: Layout): Promise<Message[]> {
  const { outbox } = layout;
  const fault = await findFault(outbox, "folder", FOLDER_MODE);
  if (fault?.kind === "foreign") {
    throw unsafeFile(outbox, fault.problem, fault.owner);
  }
  const ids = (await listIds(layout)).slice(-MOST_READ);
  const found = await Promise.all(ids.map((it) => readMessage(layout, it)));
  return found.filter((it) => it !== undefined)
    .sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1));
}

/** Reads message `id`; `undefined` if there is none that we wrote. */
export async function readMessage(
  { outbox }: Layout,
  id: string,
): Promise<Message | undefined> {
  try {
    const bytes = await runtime.files.read(`${outbox}/${id}.json`, MOST_BYTES);
    const message = bytes && parseMessage(new TextDecoder().decode(bytes));
    // The id becomes a path again: one such as "../accounts/x" would lead to
    // another file.
    return message?.id === id ? message : undefined;
  } catch {
    return undefined; // it is not a message
  }
}

/** Returns the names that killed processes have left in the outbox. */
export async function listRemains({ outbox }: Layout): Promise<string[]> {
  const names = await runtime.files.list(outbox);
  return names.filter((it) => NAME.test(replacedBy(it) ?? ""));
}

/** Runs `action` while no other process changes the outbox. */
export async function withOutbox<T>(
  layout: Layout,
  action: () => Promise<T>,
): Promise<T> {
  const path = await safeLock(layout, "lock");
  return await withLock(path, action, { timeoutMs: LOCK_TIMEOUT_MS });
}

/**
 * Returns the lease of the only process that sends; `undefined` if another one
 * has it. It ends with the process.
 *
 * @throws {FileError} If the outbox is not safe to use.
 */
export async function takeSendingLease(
  layout: Layout,
): Promise<FileLock | undefined> {
  const path = await safeLock(layout, "sending.lock");
  return await runtime.files.tryLock(path, FILE_MODE);
}

/** The file that exists while a process to send is being started. */
const STARTING = "starting";

/** How long a process may take to start and to take the lease, milliseconds. */
export const START_MS = 5_000;

/**
 * Whether the caller, which has the lease, may start a process that sends. It
 * may not while another one is being started: without this, 20 commands that
 * ended at once left 7 processes behind.
 */
export async function claimStart(
  { outbox }: Layout,
  now: number,
): Promise<boolean> {
  const path = `${outbox}/${STARTING}`;
  const info = await runtime.files.info(path);
  const ageMs = info ? now - info.mtimeMs : -1;
  if (ageMs >= 0 && ageMs < START_MS) return false;
  await runtime.files.remove(path);
  // On a full disk, one process more does no harm.
  await runtime.files.create(path, new Uint8Array(), FILE_MODE, {
    flush: false,
  }).catch(() => {});
  return true;
}

/** Tells that the process has the lease, and is no longer being started. */
export async function endStart({ outbox }: Layout): Promise<void> {
  await runtime.files.remove(`${outbox}/${STARTING}`);
}

/**
 * Returns the path of a lock file, which belongs to us: opening a pipe in its
 * place would never return.
 */
async function safeLock(
  { outbox }: Layout,
  name: "lock" | "sending.lock",
): Promise<string> {
  const path = `${outbox}/${name}`;
  await secureFolder(outbox, () => {});
  await secureFile(path, () => {});
  return path;
}

/** Writes the file of `message`. */
export async function writeMessage(
  layout: Layout,
  message: Message,
): Promise<void> {
  const bytes = new TextEncoder().encode(formatMessage(message));
  await writeAtomic(`${layout.outbox}/${message.id}.json`, bytes);
}

/** Removes the file of a message. */
export async function removeMessage(
  layout: Layout,
  { id }: Pick<Message, "id">,
): Promise<void> {
  await runtime.files.remove(`${layout.outbox}/${id}.json`);
}
