import { runtime } from "../../runtime/mod.ts";
import { basename } from "../../store/names.ts";
import { STALE_CLI_LOCK_MS } from "../cli_lock.ts";
import type { Finding, Look } from "../finding.ts";
import { moveAway } from "./mend.ts";

/** Looks who holds our lock. */
export async function* examineLock({ layout }: Look): AsyncIterable<Finding> {
  const holder = await runtime.files.lockHolder(layout.lock);
  if (!holder) return;
  const { pid, program } = holder;
  const problem = `process ${pid} (${
    program ?? "unknown"
  }) holds ${layout.lock}`;
  yield { check: "lock", problem, mend: `kill ${pid}` };
}

/** Looks whether a killed CLI has left its lock. */
export async function* examineCliLock(
  { layout, now, self }: Look,
): AsyncIterable<Finding> {
  const info = await runtime.files.info(layout.cliLock);
  if (!info || now - info.mtimeMs <= STALE_CLI_LOCK_MS) return;
  const isFolder = info.kind === "folder";
  const name = basename(layout.cliLock);
  yield {
    check: "qwen's lock",
    problem: isFolder ? `${name} is a folder` : `qwen has left ${name} behind`,
    mend: isFolder ? await moveAway(layout.cliLock) : `${self} doctor --fix`,
  };
}
