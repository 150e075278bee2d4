import { UnsafeFileError } from "../errors.ts";
import { runtime } from "../runtime/mod.ts";
import { FILE_MODE, FOLDER_MODE, type Layout } from "../store/layout.ts";
import { basename, replacedBy } from "../store/names.ts";
import { findFault } from "../store/permissions.ts";
import { readSlot } from "../store/slots.ts";
import { type Snapshot, takeSnapshot } from "../store/snapshot.ts";
import { readCredential } from "../store/credential_file.ts";
import { listGenerations } from "../store/generations.ts";
import { slotPath } from "../store/slot_names.ts";
import { listStash, suspectsOf } from "../store/stash.ts";
import type { System } from "../system.ts";
import { listCredentials } from "./repair.ts";
import { STALE_CLI_LOCK_MS } from "./cli_lock.ts";

/** Something that is not as it should be. */
export interface Finding {
  /** What was looked at, such as `link`. */
  check: string;
  /** What is wrong, one line. */
  problem: string;
  /** The one command that mends it. */
  mend: string;
}

interface Look extends Snapshot {
  /** The time, epoch milliseconds. */
  now: number;
  /** The command that mends, as it is to be called for this folder. */
  self: string;
}

type Check = (look: Look) => AsyncIterable<Finding>;

const CHECKS: readonly Check[] = [
  examineModes,
  examineLink,
  examineSlots,
  examineState,
  examineStash,
  examineLock,
  examineCliLock,
  examineLeftovers,
  examineClock,
];

/** What a clock may be set back by without harm. */
const CLOCK_TOLERANCE_MS = 60_000;

/**
 * Looks for whatever is wrong, or might become so; changes nothing.
 *
 * @throws {UnsafeFileError} If the folder cannot be looked into.
 */
export async function examine(
  layout: Layout,
  { env, now }: Pick<System, "env" | "now">,
): Promise<Finding[]> {
  const root = await runtime.files.realPath(layout.root);
  const fault = root && await findFault(root, "folder", FOLDER_MODE);
  if (fault && !fault.isLoose) {
    throw new UnsafeFileError(layout.root, fault.problem);
  }
  const isDefault = layout.root === `${env("HOME")}/.qwen`;
  const look: Look = {
    ...await takeSnapshot(layout),
    now: now(),
    self: isDefault
      ? "account-qwen"
      : `account-qwen --dir ${shellWord(layout.root)}`,
  };
  const findings: Finding[] = [];
  for (const check of CHECKS) {
    for await (const it of check(look)) findings.push(it);
  }
  return findings;
}

async function* examineModes({ layout, slots, self }: Look) {
  const { root, accounts, generations, stash, runs } = layout;
  const { state, log, lock } = layout;
  const files = [state, log, lock, ...await listCredentials(layout, slots)];
  const places = [
    ...[root, accounts, generations, stash, runs].map((path) =>
      [path, "folder", FOLDER_MODE] as const
    ),
    ...files.map((path) => [path, "file", FILE_MODE] as const),
  ];
  for (const [path, kind, mode] of places) {
    const real = kind === "folder" && await runtime.files.realPath(path);
    const fault = await findFault(real || path, kind, mode);
    if (!fault) continue;
    const mend = fault.isLoose ? `${self} doctor --fix` : moveAway(path);
    yield { check: "modes", problem: `${path} ${fault.problem}`, mend };
  }
}

async function* examineLink({ layout, live, slots, self }: Look) {
  const check = "link";
  const name = basename(layout.live);
  if (live.kind === "folder") {
    const mend = moveAway(layout.live);
    yield { check, problem: `${name} is a folder`, mend };
  } else if (live.kind === "file") {
    const problem = `${name} is a login of qwen that is in no slot yet`;
    yield {
      check,
      problem,
      mend: slots.length > 0 ? `${self} doctor --fix` : `${self} setup`,
    };
  } else if (slots.length === 0) {
    const problem = "there is no account yet";
    yield { check: "slots", problem, mend: `${self} setup` };
  } else if (live.kind === "absent") {
    yield {
      check,
      problem: `${name} is not there`,
      mend: `${self} doctor --fix`,
    };
  } else if (live.kind === "foreign") {
    yield {
      check,
      problem: `${name} leads to something else`,
      mend: `${self} doctor --fix`,
    };
  } else if (!slots.includes(live.index)) {
    const problem =
      `${name} leads to account ${live.index}, which is not there`;
    yield { check, problem, mend: `${self} doctor --fix` };
  }
}

async function* examineSlots({ layout, slots, state, self }: Look) {
  const check = "slots";
  for (const index of slots) {
    const slot = await readSlot(layout, index);
    if ("problem" in slot) {
      const problem = `the slot of account ${index} ${slot.problem}`;
      const { length } = await listGenerations(layout, index);
      const mend = length > 0
        ? `${self} restore ${index}`
        : moveAway(slotPath(layout, index));
      yield { check, problem, mend };
    }
    const blocked = state.accounts.get(index)?.blocked;
    if (blocked === undefined) continue;
    const problem = `account ${index} is passed by: ${blocked}`;
    yield { check, problem, mend: `${self} switch ${index}` };
  }
}

async function* examineState({ layout, loaded, live, self }: Look) {
  const check = "state";
  const name = basename(layout.state);
  if (loaded.problem) {
    yield {
      check,
      problem: `${name} ${loaded.problem}`,
      mend: `${self} doctor --fix`,
    };
  } else if (
    live.kind === "slot" && loaded.text !== undefined &&
    loaded.state.currentIndex !== live.index
  ) {
    const problem = `${name} names another account than the link`;
    yield { check, problem, mend: `${self} doctor --fix` };
  }
}

async function* examineStash({ layout, slots, self }: Look) {
  const check = "stash";
  for (const path of await listStash(layout)) {
    const name = basename(path);
    const found = await readCredential(path);
    if ("problem" in found) {
      const problem = `${name} in the stash is no login: it ${found.problem}`;
      yield { check, problem, mend: `rm ${shellWord(path)}` };
      continue;
    }
    const suspects = suspectsOf(path, slots);
    const whose = suspects.length > 0
      ? `may be of account ${suspects.join(" or ")}`
      : "is of no proven account";
    const problem = `a login in the stash ${whose}: ${name}`;
    const candidates = suspects.length > 0 ? suspects : slots;
    const choice = candidates.length === 1 ? String(candidates[0]) : "N";
    const mend = `${self} restore ${choice} --stash ${name}`;
    yield { check, problem, mend };
  }
}

async function* examineLock({ layout }: Look) {
  const holder = await runtime.files.lockHolder(layout.lock);
  if (!holder) return;
  const { pid, program } = holder;
  const problem = `process ${pid} (${
    program ?? "unknown"
  }) holds ${layout.lock}`;
  yield { check: "lock", problem, mend: `kill ${pid}` };
}

async function* examineCliLock({ layout, now, self }: Look) {
  const info = await runtime.files.info(layout.cliLock);
  if (!info || now - info.mtimeMs <= STALE_CLI_LOCK_MS) return;
  const problem = `qwen has left ${basename(layout.cliLock)} behind`;
  yield { check: "qwen's lock", problem, mend: `${self} doctor --fix` };
}

async function* examineLeftovers({ layout, self }: Look) {
  for (const folder of [layout.root, layout.accounts]) {
    for (const name of await runtime.files.list(folder)) {
      if (replacedBy(name) === undefined) continue;
      const problem = `a killed process has left ${folder}/${name}`;
      yield { check: "leftovers", problem, mend: `${self} doctor --fix` };
    }
  }
}

async function* examineClock({ state, now }: Look) {
  const last = Date.parse(state.lastSwitch ?? "");
  if (!(last > now + CLOCK_TOLERANCE_MS)) return;
  const problem = `the last switch was at ${state.lastSwitch}, in the future`;
  yield { check: "clock", problem, mend: "set the clock of this machine" };
}

function moveAway(path: string): string {
  return `mv ${shellWord(path)} ${shellWord(`${path}.away`)}`;
}

/** A word as a shell reads it, quoted where it must be. */
function shellWord(text: string): string {
  if (/^[\w./@:+-]+$/.test(text)) return text;
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
