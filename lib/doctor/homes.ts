import { runtime } from "../system/mod.ts";
import {
  entryOf,
  HOME,
  homeFolder,
  isUnreachable,
  listHomes,
  readParts,
  roleOf,
} from "../vault/homes/homes.ts";
import type { EntryRole } from "../agents/formats.ts";
import { type Finding, type Look, moveAway } from "./finding.ts";
import { isOver } from "../vault/homes/settle_homes.ts";

/** Finds private homes of runs that have ended. */
export async function* examineHomes(
  { layout, self }: Look,
): AsyncIterable<Finding> {
  const check = "homes";
  for (const home of await listHomes(layout)) {
    if (!await isOver(home)) continue;
    const folder = homeFolder(layout, home.id);
    const repair = `${self} doctor --fix`;
    if (home.process !== undefined) {
      const problem = `a killed run left ${folder} behind`;
      yield { check, problem, mend: repair };
      continue;
    }
    // An update has already copied back what it could.
    const parts = await readParts(layout, home.id);
    if (!parts) {
      const problem = `${folder} has a damaged record`;
      const away = entryOf(layout.root, `home-${home.id}`);
      yield { check, problem, mend: await moveAway(folder, away) };
    }
    for (const part of parts ?? []) {
      const to = part.kind === HOME ? part.of : layout.root;
      for (const name of await runtime.files.list(part.at)) {
        const path = entryOf(part.at, name);
        if (await isUnreachable(path)) {
          const problem = `${part.at} of a run has a name that is not UTF-8`;
          const away = entryOf(to, `home-${home.id}`);
          yield { check, problem, mend: await moveAway(part.at, away) };
          break;
        }
        const isLink = await runtime.files.readLink(path) !== undefined;
        if (isLink) continue;
        const problem = `${path} of a run could not be copied back`;
        const mend = mayHoldLogin(roleOf(layout, part.kind, name))
          ? repair
          : await moveAway(path, entryOf(to, name));
        yield { check, problem, mend };
      }
    }
  }
}

function mayHoldLogin(role: EntryRole): boolean {
  return role === "login" || role === "private";
}
