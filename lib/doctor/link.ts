import { shellWord } from "../accounts/fix_of.ts";
import { nameIn } from "../vault/account_name.ts";
import { FILE_MODE, isLinked, withLink } from "../disk/layout.ts";
import { listKeptAccounts } from "../vault/logins/generations.ts";
import { basename, slotName } from "../disk/names.ts";
import { findFault } from "../disk/permissions.ts";
import { usableAccounts } from "../vault/block.ts";
import { type Finding, type Look, moveAway } from "./finding.ts";

/** Checks what the agent reads: the link, or what is in its place. */
export async function* examineLink(look: Look): AsyncIterable<Finding> {
  const { layout, live, slots, keys, active, self, fix } = look;
  if (slots.length === 0 && keys.length === 0 && !isLinked(layout)) {
    yield noneYet(self);
  }
  if (!isLinked(layout)) return;
  const check = "link";
  const name = basename(layout.live);
  const kept = await listKeptAccounts(layout);
  const canBePutBack = live.kind === "slot" && !slots.includes(live.index) &&
    kept.includes(live.index);
  // Otherwise other findings say what must happen before there can be a link.
  const hasUsable = usableAccounts(look).length > 0 || canBePutBack;
  if (live.kind === "folder") {
    const mend = await moveLiveFileAway(look);
    yield { check, problem: `${name} is a folder`, mend };
  } else if (live.kind === "file") {
    const fault = await findFault(layout.live, "file", FILE_MODE);
    if (fault?.kind === "foreign") return;
    const problem =
      `${name} is a login of ${layout.agent.program} that is in no slot yet`;
    yield { check, problem, mend: slots.length > 0 ? fix : `${self} setup` };
  } else if (slots.length === 0 && keys.length === 0 && !canBePutBack) {
    yield noneYet(self);
  } else if (!hasUsable) {
    return;
  } else if (live.kind === "absent" && active && keys.includes(active)) {
    return; // a key needs no link
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

function noneYet(self: string): Finding {
  const problem = "no account is set up yet";
  return { check: "slots", problem, mend: `${self} setup` };
}

/**
 * Returns the command that moves away what is in the place of the link, and
 * creates the link. A missing link would look as if the agent had logged out.
 */
export async function moveLiveFileAway(look: Look): Promise<string> {
  const { active } = look;
  const layout = withLink(look.layout);
  const mend = await moveAway(layout.live);
  const to = usableAccounts(look).find((it) => it === active);
  if (to === undefined) return mend;
  const target = `${basename(layout.accounts)}/${slotName(to)}`;
  return `${mend} && ln -s ${target} ${shellWord(layout.live)}`;
}
