import { shellWord } from "../accounts/fix_of.ts";
import { runtime } from "../system/mod.ts";
import { nameIn } from "../vault/account_name.ts";
import { usableAccounts } from "../vault/block.ts";
import {
  listGenerations,
  listKeptAccounts,
} from "../vault/logins/generations.ts";
import {
  FILE_MODE,
  FOLDER_MODE,
  isLinked,
  type Layout,
  withLink,
} from "../disk/layout.ts";
import { basename, dirname, slotIndex, slotName } from "../disk/names.ts";
import { type Fault, findFault } from "../disk/permissions.ts";
import { type Finding, type Look, moveAway } from "./finding.ts";
import { listCredentials } from "./repair.ts";

const check = "modes";

/** The permissions that we need to read a folder and what is in it. */
const LOOK_MODE = 0o500;

/** Checks our folders, and returns whether the other checks can read them. */
export async function examineFolders(
  layout: Layout,
  fix: string,
): Promise<{ findings: Finding[]; areReadable: boolean }> {
  const findings: Finding[] = [];
  let areReadable = true;
  const { root, accounts, generations, stash, runs, outbox } = layout;
  const folders = new Set([root, accounts, generations, stash, runs, outbox]);
  for (const path of folders) {
    const mayBeLink = path === root || path === accounts;
    const real = mayBeLink && await runtime.files.realPath(path) || path;
    const fault = await findFault(real, "folder", FOLDER_MODE);
    if (!fault) continue;
    findings.push(await faultOfFolder(path, { fault, fix }));
    const isReadable = (fault.mode & LOOK_MODE) === LOOK_MODE;
    areReadable &&= fault.kind !== "foreign" && isReadable;
    if (!areReadable) break;
  }
  return { findings, areReadable };
}

/** Describes what is wrong with the folder at `path`. */
export async function faultOfFolder(
  path: string,
  { fault, fix }: { fault: Fault; fix: string },
): Promise<Finding> {
  const mend = {
    foreign: () => moveAway(path),
    loose: () => fix,
    shut: () => `chmod u+rwx ${shellWord(path)}`,
  }[fault.kind];
  return { check, problem: `${path} ${fault.problem}`, mend: await mend() };
}

/** Checks the type, the owner and the mode of our files. */
export async function* examineFiles(look: Look): AsyncIterable<Finding> {
  const { layout, live, fix } = look;
  const { state, log, lock } = layout;
  const files = [state, log, lock, ...await listCredentials(look)];
  if (live.kind === "file") files.push(withLink(layout).live);
  for (const path of files) {
    const fault = await findFault(path, "file", FILE_MODE);
    if (!fault) continue;
    const mend = {
      foreign: () => moveFileAway(look, path),
      loose: () => fix,
      shut: () => `chmod u+rw ${shellWord(path)}`,
    }[fault.kind];
    yield { check, problem: `${path} ${fault.problem}`, mend: await mend() };
  }
}

/**
 * Returns the command that moves a file away. It must leave the stash and the
 * generations, where every file counts as a login.
 */
async function moveFileAway(look: Look, path: string): Promise<string> {
  const { layout, self } = look;
  if (path === layout.live) return await moveLiveFileAway(look);
  if ([layout.stash, layout.generations].includes(dirname(path))) {
    return await moveAway(path, `${layout.root}/${basename(path)}`);
  }
  const mend = await moveAway(path);
  const index = slotIndex(basename(path));
  if (index === undefined) return mend;
  const { length } = await listGenerations(layout, index);
  return length > 0 ? `${mend} && ${self} restore ${index}` : mend;
}

/** Finds records of runs that are not files or belong to another user. */
export async function* examineRuns({ layout }: Look): AsyncIterable<Finding> {
  for (const name of await runtime.files.list(layout.runs)) {
    if (!/^(?:(?:key_)?run|login)_/.test(name)) continue;
    const path = `${layout.runs}/${name}`;
    const fault = await findFault(path, "file", FILE_MODE);
    if (fault?.kind !== "foreign") continue;
    const mend = await moveAway(path, `${layout.root}/${name}`);
    yield { check: "runs", problem: `${path} ${fault.problem}`, mend };
  }
}

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
async function moveLiveFileAway(look: Look): Promise<string> {
  const { active } = look;
  const layout = withLink(look.layout);
  const mend = await moveAway(layout.live);
  const to = usableAccounts(look).find((it) => it === active);
  if (to === undefined) return mend;
  const target = `${basename(layout.accounts)}/${slotName(to)}`;
  return `${mend} && ln -s ${target} ${shellWord(layout.live)}`;
}
