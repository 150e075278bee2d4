/** The time of the tests of each file in the last run, seconds, by its path. */
export type Durations = Readonly<Record<string, number>>;

/** Each round takes half of what is left, so the last groups are short. */
const ROUNDS = 4;

/** The test whose name says which file the following tests are from. */
const BEGIN = "begin ";

/**
 * Shares `files` among a few groups for `jobs` workers. A worker loads `lib/`
 * once for all files of a group, which takes half a second.
 *
 * The long groups come first, so that all workers end at about the same time.
 */
export function shareFiles(
  files: readonly string[],
  { jobs, durations }: { jobs: number; durations: Durations },
): string[][] {
  const known = files.map((it) => durations[it] ?? 0)
    .filter((it) => it > 0).toSorted((a, b) => a - b);
  const unknown = known[known.length >> 1] ?? 1;
  const costs = files.map((file) => ({
    file,
    cost: durations[file] ?? unknown,
  })).toSorted((a, b) => b.cost - a.cost);
  const groups = Array.from({ length: jobs * ROUNDS }, (_, at) => ({
    share: 0.5 ** Math.min(Math.floor(at / jobs) + 1, ROUNDS - 1),
    cost: 0,
    files: [] as string[],
  }));
  for (const { file, cost } of costs) {
    const fillOf = (it: typeof groups[number]) => (it.cost + cost) / it.share;
    const emptiest = groups.reduce((a, b) => fillOf(b) < fillOf(a) ? b : a);
    emptiest.files.push(file);
    emptiest.cost += cost;
  }
  return groups.map((it) => it.files).filter((it) => it.length > 0);
}

/** Writes a file for each of `groups` to `folder`; returns their paths. */
export async function writeGroups(
  groups: readonly (readonly string[])[],
  { root, folder }: { root: string; folder: string },
): Promise<string[]> {
  return await Promise.all(groups.map(async (files, at) => {
    const path = `${folder}/group_${`${at}`.padStart(3, "0")}_test.ts`;
    await Deno.writeTextFile(path, sourceOf(files, root));
    return path;
  }));
}

/**
 * Imports the files one after another; one that cannot be loaded fails alone.
 */
function sourceOf(files: readonly string[], root: string): string {
  return files.map((file) => {
    const [mark, url, loaded] = [
      `${BEGIN}${file}`,
      new URL(`file://${encodeURI(`${root}/${file}`)}`).href,
      `${file} can be loaded`,
    ].map((it) => JSON.stringify(it));
    return `Deno.test(${mark}, () => {});
await import(${url}).catch((error) =>
  Deno.test(${loaded}, () => { throw error; })
);
`;
  }).join("");
}

/**
 * Reads the output of `deno test` for groups, and reports it as if each file
 * had run alone: replaces the path of a group by that of the file, and removes
 * the tests that only name a file.
 */
export class GroupReader {
  /** How long each file took, seconds. */
  readonly durations: Record<string, number> = {};
  readonly #now: () => number;
  readonly #current = new Map<string, { file: string; since: number }>();
  readonly #uncaught = new Map<string, string>();
  #passedMarks = 0;
  #cancelledMarks = 0;

  /** Creates a reader; `now` is in milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Returns the line to show for `line`, if any. */
  read(line: string): string | undefined {
    const [found, before = "", group = "", rest = ""] = LINE.exec(line) ?? [];
    if (found === undefined) return this.#withoutMarks(line);
    const [, begun, result] = MARK.exec(rest) ?? [];
    if (begun !== undefined) {
      this.#current.set(group, { file: begun, since: this.#now() });
      if (result === "ok") this.#passedMarks++;
      else this.#cancelledMarks++;
      return undefined;
    }
    const isTest = rest.startsWith(" =>");
    if (isTest) this.#noteTime(group);
    const file = this.#current.get(group)?.file ?? "";
    if (before.includes("Uncaught")) this.#uncaught.set(group, file);
    const shown = isTest ? file : this.#uncaught.get(group) ?? file;
    return shown === "" ? line : `${before}./${shown}${rest}`;
  }

  #noteTime(group: string): void {
    const current = this.#current.get(group);
    if (!current) return;
    const seconds = (this.#now() - current.since) / 1000;
    this.durations[current.file] = Math.round(seconds * 1000) / 1000;
  }

  /** Subtracts the tests that only name a file from the last line. */
  #withoutMarks(line: string): string {
    return line.replace(
      SUMMARY,
      (_, before, passed, between, failed) =>
        `${before}${Number(passed) - this.#passedMarks}${between}${
          Number(failed) - this.#cancelledMarks
        }`,
    );
  }
}

const COLORS = String.raw`(?:\x1b\[[\d;]*m)*`;

const LINE = new RegExp(
  `^(${COLORS}(?:Uncaught error from )?)` +
    String.raw`(\.{0,2}/[^\x1b]*?/group_\d+_test\.ts)(.*)$`,
);

const MARK = new RegExp(
  `^ => ${COLORS}${BEGIN}(\\S+) \\.\\.\\. ${COLORS}(\\w+)`,
);

const SUMMARY = new RegExp(
  `^(${COLORS}(?:ok|FAILED)${COLORS} \\| )(\\d+)( passed.*? \\| )(\\d+)(?= failed)`,
);
