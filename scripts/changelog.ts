/**
 * Moves the files of `.github/changes` into `.github/CHANGELOG.md`, as the
 * section of the given version. Without a version, prints the section.
 *
 * @module
 */

import { filesBelow } from "./files_below.ts";

/** The kinds of changes, in the order of the changelog. */
const KINDS = [
  "Added",
  "Changed",
  "Deprecated",
  "Removed",
  "Fixed",
  "Security",
] as const;

const FOLDER = ".github/changes";
const CHANGELOG = ".github/CHANGELOG.md";
const FORM = new RegExp(`^(${KINDS.join("|")}): (\\S[^]*[.)])\\s*$`);
const WIDTH = 80;

/** A change that users notice. */
export interface Change {
  /** The path below the root of the checkout. */
  file: string;
  /** The heading of its group. */
  kind: typeof KINDS[number];
  /** The description: one or more sentences. */
  text: string;
}

/**
 * Reads the changes since the last release below `root`, sorted by name.
 *
 * @throws {SyntaxError} If a file does not begin with a kind, or is not a
 * sentence.
 */
export async function readChanges(root: string): Promise<Change[]> {
  const files = await filesBelow(root, FOLDER, ".md");
  const changes = files.filter((it) => !it.endsWith("/README.md"));
  return await Promise.all(changes.map(async (file) => {
    const content = await Deno.readTextFile(`${root}/${file}`);
    const [, kind, text = ""] = FORM.exec(content) ?? [];
    const known = KINDS.find((it) => it === kind);
    if (known === undefined) {
      throw new SyntaxError(
        `Cannot read ${file}: it must be one of ${KINDS.join(", ")}, ` +
          "a colon and a sentence",
      );
    }
    return { file, kind: known, text };
  }));
}

/** Returns the section of `version` in the form of Keep a Changelog. */
export function sectionOf(
  version: string,
  { date, changes }: { date: string; changes: readonly Change[] },
): string {
  const parts = KINDS.flatMap((kind) => {
    const texts = changes.filter((it) => it.kind === kind);
    const items = texts.map((it) => itemOf(it.text)).join("\n");
    return items === "" ? [] : [`### ${kind}\n\n${items}\n`];
  });
  return [`## [${version}] - ${date}\n`, ...parts].join("\n");
}

/** Returns `changelog` with `section` before the existing sections. */
export function withSection(changelog: string, section: string): string {
  const at = changelog.search(/^## /m);
  const [head, rest] = at < 0
    ? [`${changelog.trimEnd()}\n\n`, ""]
    : [changelog.slice(0, at), `\n${changelog.slice(at)}`];
  return `${head}${section}${rest}`;
}

/** A list item of paragraphs and tables. */
function itemOf(text: string): string {
  const sentence = text.trim().replace(/^[a-z]/, (it) => it.toUpperCase());
  const blocks = sentence.split(/\n{2,}/).map((it) =>
    it.startsWith("|") ? it.replace(/^/gm, "  ") : wrapped(it)
  );
  return blocks.join("\n\n").replace(" ", "-");
}

/** The words of `text`, indented, in lines that have at most 80 columns. */
function wrapped(text: string): string {
  const lines: string[] = [];
  let line = " ";
  for (const word of text.split(/\s+/)) {
    if (line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = " ";
    }
    line += ` ${word}`;
  }
  return [...lines, line].join("\n");
}

if (import.meta.main) {
  const root = Deno.realPathSync(new URL("..", import.meta.url));
  const [version] = Deno.args;
  if (version !== undefined && !/^\d+\.\d+\.\d+$/.test(version)) {
    console.error(`Cannot write a section: "${version}" is not a version`);
    Deno.exit(2);
  }
  const changes = await readChanges(root);
  const date = version ? new Date().toISOString().slice(0, 10) : "unreleased";
  const section = sectionOf(version ?? "next", { date, changes });
  if (version === undefined) {
    console.log(section);
  } else {
    const path = `${root}/${CHANGELOG}`;
    const changelog = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, withSection(changelog, section));
    for (const { file } of changes) await Deno.remove(`${root}/${file}`);
  }
}
