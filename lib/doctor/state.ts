import { isUnusableFile } from "../disk/permissions.ts";
import { basename } from "../disk/names.ts";
import type { Finding, Look } from "./finding.ts";
import { isInFuture } from "./repair.ts";
import { foldedLabel } from "../ledger/labels.ts";
import { nameAccounts } from "../vault/account_name.ts";
import { isNumeric } from "../accounts/label.ts";

/** Checks that the state can be read and agrees with the link. */
export async function* examineState(
  { layout, loaded, live, fix: mend }: Look,
): AsyncIterable<Finding> {
  const check = "state";
  const name = basename(layout.state);
  for (const mistake of loaded.mistakes) {
    yield { check, problem: `${name}: ${mistake}, so it is ignored`, mend };
  }
  if (loaded.problem) {
    if (await isUnusableFile(layout.state)) return;
    yield { check, problem: `${name} ${loaded.problem}`, mend };
  } else if (
    live.kind === "slot" && loaded.text !== undefined &&
    loaded.state.currentIndex !== live.index
  ) {
    const problem = `${name} names another account than the link`;
    yield { check, problem, mend };
  }
}

/** Checks that the clock was not set back. */
export async function* examineClock(
  { state, now, fix }: Look,
): AsyncIterable<Finding> {
  if (!isInFuture(state.lastSwitch, now)) return;
  const problem = `the last switch was at ${state.lastSwitch}, in the future`;
  yield { check: "clock", problem, mend: fix };
}

const check = "labels";

/** Finds labels that do not identify one account. */
export async function* examineLabels(look: Look): AsyncIterable<Finding> {
  const firsts = new Map<string, number>();
  for (const { index, label } of nameAccounts(look)) {
    if (label === undefined) continue;
    const mend = `${look.self} label ${index} account-${index}`;
    if (isNumeric(label)) {
      const problem =
        `the label of account ${index} is a number, ${label}: commands take ` +
        "it for the account with that number";
      yield { check, problem, mend };
      continue;
    }
    const folded = foldedLabel(label);
    const first = firsts.get(folded);
    if (first === undefined) firsts.set(folded, index);
    else {
      const problem = `accounts ${first} and ${index} have the label ${label}`;
      yield { check, problem, mend };
    }
  }
}
