import { foldedLabel } from "../ledger/labels.ts";
import { nameAccounts } from "../vault/account_name.ts";
import type { Finding, Look } from "./finding.ts";
import { isNumeric } from "../accounts/label.ts";

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
