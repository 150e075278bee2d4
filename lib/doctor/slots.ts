import { isUnusableFile } from "../disk/permissions.ts";
import { nameAccounts, nameIn } from "../vault/account_name.ts";
import { listKeptAccounts, newestKept } from "../vault/logins/generations.ts";
import {
  listKeySlots,
  readKeySlot,
  readSlot,
} from "../vault/logins/credential_file.ts";
import {
  basename,
  keySlotIndex,
  keySlotPath,
  slotPath,
} from "../disk/names.ts";
import { listRuns } from "../vault/settle/runs.ts";
import { nextIndex } from "../accounts/numbers.ts";
import { accountState } from "../ledger/state.ts";
import { nameOf } from "../account_name.ts";
import { LOGIN_NEEDED } from "../vault/block.ts";
import { fixOf, shellWord } from "../accounts/fix_of.ts";
import { type Finding, type Look, moveAway } from "./finding.ts";
import { describeDamage, RESTORABLE } from "../accounts/slot_problem.ts";
import { standingOf } from "../accounts/standing.ts";
import { hasLoginFolders } from "../vault/home_logins/login_accounts.ts";
import { findLoginFault } from "./login_folders.ts";
import { describeWritten } from "../vault/logins/written_through.ts";

const check = "slots";

/** Finds accounts that cannot be used, and other faults of slots. */
export async function* examineSlots(look: Look): AsyncIterable<Finding> {
  const isInFolders = hasLoginFolders(look.layout);
  for (const index of look.slots) {
    const fault = isInFolders ? await findLoginFault(look, index) : undefined;
    if (fault) {
      yield fault;
      continue;
    }
    if (!isInFolders) yield* examineSlot(look, index);
    yield* examineStanding(look, index);
  }
  for (const index of look.keys) {
    yield* examineKeySlot(look, index);
    yield* examineStanding(look, index);
  }
  yield* examineWritten(look);
  yield* examineTwins(look);
  yield* examineMissing(look);
}

async function* examineKeySlot(look: Look, index: number) {
  const { layout } = look;
  const slot = await readKeySlot(layout, index);
  if (!("problem" in slot)) return;
  const path = keySlotPath(layout, index);
  if (await isUnusableFile(path)) return;
  const problem = `the slot of ${nameIn(look, index)} ${slot.problem}`;
  yield { check, problem, mend: await moveAway(path) };
}

/** Finds logins that a program wrote through the link after the link moved. */
function* examineWritten(look: Look) {
  const { written, fix } = look;
  for (const it of written) {
    const name = nameIn(look, it.index);
    const problem = `${name}: ${describeWritten(look, it)}`;
    yield { check, problem, mend: fix };
  }
}

/** Finds accounts with two slots: their login is used, and their key is not. */
async function* examineTwins(look: Look) {
  const { layout, slots } = look;
  const runs = await listRuns(layout);
  let free = await nextIndex({ ...look, runs, leftovers: [] });
  for (const path of await listKeySlots(layout)) {
    const index = keySlotIndex(basename(path));
    if (index === undefined || !slots.includes(index)) continue;
    const problem = `${nameIn(look, index)} has both a login and a key`;
    const to = keySlotPath(layout, free++);
    yield { check, problem, mend: `mv ${shellWord(path)} ${shellWord(to)}` };
  }
}

/** Finds accounts whose slot is gone; a kept login may be their only one. */
async function* examineMissing(look: Look) {
  const { layout, slots, live, state, self } = look;
  const linked = live.kind === "slot" ? live.index : state.currentIndex;
  for (const index of await listKeptAccounts(layout)) {
    if (slots.includes(index) || index === linked) continue;
    if (!await newestKept(layout, index)) continue;
    const problem = `${
      nameIn(look, index)
    } has lost its slot; its earlier logins are kept`;
    yield { check, problem, mend: `${self} restore ${index}` };
  }
}

async function* examineSlot(look: Look, index: number) {
  const { layout, fix } = look;
  const slot = await readSlot(layout, index);
  if (!("problem" in slot)) return;
  const path = slotPath(layout, index);
  if (await isUnusableFile(path)) return;
  const damage = await describeDamage(look, index) ?? slot.problem;
  const problem = `the slot of ${nameIn(look, index)} ${damage}`;
  const mend = damage === RESTORABLE ? fix : await moveAway(path);
  yield { check, problem, mend };
}

/** Checks whether the account can be used, by the same rules as every view. */
function* examineStanding(look: Look, index: number) {
  const { state, keys, rescued, now, self } = look;
  const standing = standingOf(look, index, { now });
  const { label, blocked, login } = accountState(state, index);
  const name = nameOf(index, label);
  const problem = `${name}: ${standing.reason}`;
  const account = { index, label, kind: login?.kind ?? "plan", ...standing };
  const fix = fixOf(account, { all: nameAccounts(look), keys, self });
  switch (standing.state) {
    case "refused":
      yield { check, problem, mend: `${fix}` };
      break;
    case "ended":
      yield {
        check,
        problem,
        mend: look.layout.agent.product.install.forLogins,
      };
      break;
    case "login-needed": {
      // A rescued login has its own finding, and may be the new login.
      if (rescued.some((it) => it.index === index)) return;
      const isLoggedOut = blocked === LOGIN_NEEDED && !keys.includes(index);
      const mend = isLoggedOut ? `${fix}` : `${self} switch ${index}`;
      yield { check, problem, mend };
    }
  }
}
