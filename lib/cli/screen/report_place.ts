import { chosenAgent } from "../../agents/registry.ts";
import { messageOf } from "../../system/message_of.ts";
import { runtime } from "../../system/mod.ts";
import { agentInvocation } from "../../program.ts";
import { writeAtomic } from "../../disk/files.ts";
import { FILE_MODE } from "../../disk/layout.ts";
import { dirname, temporaryName } from "../../disk/names.ts";
import { UsageError } from "../line/usage_error.ts";

/** A file, or an inherited descriptor. */
type ReportPlace = string | number;

/** Shells use the second form for the pipe of `>(...)`. */
const DESCRIPTOR = /^(?:fd:|\/dev\/fd\/|\/proc\/self\/fd\/)(.*)$/;

/**
 * Parses the value of `--report`.
 *
 * @throws {UsageError} If it is not a valid place for a report.
 */
export function parsePlace(place: string): ReportPlace {
  const digits = DESCRIPTOR.exec(place)?.[1];
  if (digits === undefined) return place;
  const fd = /^\d{1,5}$/.test(digits) ? Number(digits) : 0;
  if (fd >= 2) return fd;
  throw refusal(`"${place}" is not fd:2 or a higher descriptor`);
}

/**
 * Checks, before a run costs quota, that its report can be written to `place`
 * and does not replace a file that the agent or account-qwen needs in the
 * accounts folder `dir`.
 *
 * @throws {UsageError} If a check fails.
 */
export async function requirePlace(place: string, dir: string): Promise<void> {
  const parsed = parsePlace(place);
  try {
    if (typeof parsed === "number") return requireOpen(parsed);
    await requireNotOurs(parsed, dir);
    await requireWritable(await resolveFile(parsed));
  } catch (error) {
    throw refusal(messageOf(error));
  }
}

/** Writes a report. */
export async function writeTo(
  place: ReportPlace,
  bytes: Uint8Array,
): Promise<void> {
  if (typeof place === "string") {
    return await writeAtomic(await resolveFile(place), bytes);
  }
  requireOpen(place);
  await runtime.host.writeTo(place, bytes);
}

/**
 * Writes a file that the user has named, unless the agent or account-qwen needs
 * it in the accounts folder `dir`.
 *
 * @throws {Error} If it is such a file, or cannot be written.
 */
export async function writeNamed(
  path: string,
  { text, dir }: { text: string; dir: string },
): Promise<void> {
  await requireNotOurs(path, dir);
  await writeTo(path, new TextEncoder().encode(text));
}

function requireOpen(fd: number): void {
  if (runtime.host.wasGiven(fd)) return;
  throw new Error(`file descriptor ${fd} is not open`);
}

/** Creates a file, because permissions do not reveal a read-only disk. */
async function requireWritable(path: string): Promise<void> {
  const { files } = runtime;
  const folder = dirname(path);
  if (await files.realPath(folder) === undefined) {
    throw new Error(`the folder "${folder}" does not exist`);
  }
  const temporary = temporaryName(path);
  try {
    await files.create(temporary, new Uint8Array(), FILE_MODE);
  } finally {
    await files.remove(temporary);
  }
}

/** Our files in the accounts folder, and what the agent needs there. */
const OURS =
  /^(?:state\.yaml.*|rotation\.log.*|account-qwen\.yaml|usage\/.*|outbox\/.*|settings.*\.json|\.env.*)$/;

async function requireNotOurs(place: string, dir: string): Promise<void> {
  const { files } = runtime;
  const slash = place.lastIndexOf("/");
  const folder = await files.realPath(place.slice(0, slash + 1) || ".");
  const path = await files.realPath(place) ??
    `${folder}/${place.slice(slash + 1)}`;
  const root = await files.realPath(dir) ?? dir;
  const accounts = await files.realPath(`${dir}/accounts`);
  const isSlot = accounts !== undefined && path.startsWith(`${accounts}/`);
  const name = path.startsWith(`${root}/`) ? path.slice(root.length + 1) : "";
  const role = chosenAgent().homes.roleOf(name);
  const isNeeded = role === "login" || role === "private" || OURS.test(name);
  if (isSlot || name !== "" && isNeeded) {
    throw new Error(`it would replace "${path}"`);
  }
}

/**
 * Follows a link, so that it is kept. Throws for a device, which must not be
 * replaced.
 */
async function resolveFile(path: string): Promise<string> {
  const { files } = runtime;
  const info = await files.info(path);
  if (!info || info.kind === "file") return path;
  const real = info.kind === "link" ? await files.realPath(path) : undefined;
  const isFile = real !== undefined &&
    (await files.info(real))?.kind === "file";
  if (isFile) return real;
  throw new Error(`"${path}" is not a file`);
}

function refusal(problem: string): UsageError {
  return new UsageError(
    `Cannot use --report: ${problem.replace(/^Cannot/, "cannot")}`,
    `for example: ${agentInvocation()} exec --report report.json -- 'Say hello'`,
  );
}
