import { FILE_MODE } from "../../store/layout.ts";
import { listKeptAccounts } from "../../store/generations.ts";
import { findFault } from "../../store/permissions.ts";
import { slotPath } from "../../store/slot_names.ts";
import { readSlot } from "../../store/slots.ts";
import { LOGIN_NEEDED } from "../block.ts";
import type { Finding, Look } from "../finding.ts";
import { newestKept } from "../put_back.ts";
import { moveAway } from "./mend.ts";

const check = "slots";

/** Looks whether each account can be used. */
export async function* examineSlots(look: Look): AsyncIterable<Finding> {
  for (const index of look.slots) {
    yield* examineSlot(look, index);
    yield* examineBlock(look, index);
  }
  yield* examineMissing(look);
}

/** Somebody has removed the slot; what is kept of it may be the only login. */
async function* examineMissing({ layout, slots, active, self }: Look) {
  for (const index of await listKeptAccounts(layout)) {
    if (slots.includes(index) || index === active) continue;
    if (!await newestKept(layout, index)) continue;
    const problem =
      `account ${index} has no slot any more, its logins are kept`;
    yield { check, problem, mend: `${self} restore ${index}` };
  }
}

async function* examineSlot({ layout, self }: Look, index: number) {
  const slot = await readSlot(layout, index);
  if (!("problem" in slot)) return;
  const path = slotPath(layout, index);
  const fault = await findFault(path, "file", FILE_MODE);
  if (fault && fault.kind !== "loose") return; // found already
  const problem = `the slot of account ${index} ${slot.problem}`;
  const mend = await newestKept(layout, index)
    ? `${self} doctor --fix`
    : await moveAway(path);
  yield { check, problem, mend };
}

function* examineBlock({ state, doubtful, self }: Look, index: number) {
  const blocked = state.accounts.get(index)?.blocked;
  // What is in the stash comes first, and may be the new login.
  if (blocked === undefined || doubtful.has(index)) return;
  const problem = `account ${index} is passed by: ${blocked}`;
  const mend = `${self} switch ${index}`;
  const login = blocked === LOGIN_NEEDED ? " && qwen" : "";
  yield { check, problem, mend: `${mend}${login}` };
}
