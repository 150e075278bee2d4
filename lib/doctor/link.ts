import { shellWord } from "../accounts/fix_of.ts";
import { nameIn } from "../vault/account_name.ts";
import { FILE_MODE } from "../disk/layout.ts";
import { listKeptAccounts } from "../vault/logins/generations.ts";
import { basename } from "../disk/names.ts";
import { slotName } from "../disk/slot_names.ts";
import { findFault } from "../disk/permissions.ts";
import { usableAccounts } from "../vault/block.ts";
import type { Finding, Look } from "./finding.ts";
import { moveAway } from "./move_away.ts";

/** Looks at what the agent reads. */
export async function* examineLink(look: Look): AsyncIterable<Finding> {
  const { layout, live, slots, keys, active, self } = look;
  const check = "link";
  const name = basename(layout.live);
  const fix = `${self} doctor --fix`;
  const kept = await listKeptAccounts(layout);
  const isPutBack = live.kind === "slot" && !slots.includes(live.index) &&
    kept.includes(live.index);
  // Else the other findings say what must be done before there is a link.
  const hasUsable = usableAccounts(look).length > 0 || isPutBack;
  if (live.kind === "folder") {
    const mend = await moveLiveFileAway(look);
    yield { check, problem: `${name} is a folder`, mend };
  } else if (live.kind === "file") {
    const fault = await findFault(layout.live, "file", FILE_MODE);
    if (fault?.kind === "foreign") return;
    const problem =
      `${name} is a login of ${layout.agent.program} that is in no slot yet`;
    yield { check, problem, mend: slots.length > 0 ? fix : `${self} setup` };
  } else if (slots.length === 0 && keys.length === 0 && !isPutBack) {
    const problem = "there is no account yet";
    yield { check: "slots", problem, mend: `${self} setup` };
  } else if (!hasUsable) {
    return;
  } else if (live.kind === "absent" && active && keys.includes(active)) {
    return; // it is used by its key, which needs no link
  } else if (live.kind === "absent") {
    yield { check, problem: `${name} does not exist`, mend: fix };
  } else if (live.kind === "foreign") {
    yield { check, problem: `${name} points to something else`, mend: fix };
  } else if (!slots.includes(live.index)) {
    const problem = `${name} points to ${
      nameIn(look, live.index)
    }, which does not exist`;
    yield { check, problem, mend: fix };
  }
}

/**
 * The command that moves away what is in the link's place and puts the link
 * there: that it is gone would be taken for a logout by the agent.
 */
export async function moveLiveFileAway(look: Look): Promise<string> {
  const { layout, active } = look;
  const mend = await moveAway(layout.live);
  const to = usableAccounts(look).find((it) => it === active);
  if (to === undefined) return mend;
  const target = `${basename(layout.accounts)}/${slotName(to)}`;
  return `${mend} && ln -s ${target} ${shellWord(layout.live)}`;
}
