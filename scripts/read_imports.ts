/** An import, an export from another module, or an `import()`. */
export interface Import {
  /** The line on which it begins, counted from 1. */
  line: number;
  /** The text between the quotes. */
  specifier: string;
  /** Whether it imports only types. */
  isType: boolean;
}

const COMMENT_OR_STRING =
  /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\[\s\S]|[^`\\])*`/g;
const STATIC =
  /^(?:import|export)\s+(type\s)?([^;"'`=()]*?)(?:from\s*)?["']([^"']+)["']/gm;
const DYNAMIC = /\bimport\(\s*["'`]([^"'`]+)["'`]/g;

/** Replaces each comment by spaces, so that every line keeps its number. */
export function blankComments(source: string): string {
  return source.replace(
    COMMENT_OR_STRING,
    (it) => it.startsWith("/") ? it.replace(/[^\n]/g, " ") : it,
  );
}

/** Finds what `source`, formatted by `deno fmt`, imports. */
export function readImports(source: string): Import[] {
  const code = blankComments(source);
  const lineAt = (index = 0) => code.slice(0, index).split("\n").length;
  const found = code.matchAll(STATIC).map((match) => {
    const [, type, names = "", specifier = ""] = match;
    const isType = type !== undefined || takesOnlyTypes(names);
    return { line: lineAt(match.index), specifier, isType };
  });
  const loaded = code.matchAll(DYNAMIC).map((match) => {
    const [, specifier = ""] = match;
    return { line: lineAt(match.index), specifier, isType: false };
  });
  return [...found, ...loaded];
}

function takesOnlyTypes(names: string): boolean {
  const list = /^\{([^}]*)\}\s*$/.exec(names.trim())?.[1];
  if (list === undefined) return false;
  const parts = list.split(",").map((it) => it.trim()).filter((it) => it);
  return parts.length > 0 && parts.every((it) => it.startsWith("type "));
}
