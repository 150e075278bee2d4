/** The folder of a path. */
export function dirname(path: string): string {
  const slash = path.lastIndexOf("/");
  if (slash < 0) return ".";
  return path.slice(0, slash) || "/";
}

/** The last part of a path. */
export function basename(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

const TEMPORARY = /^\.(.+)\.[0-9a-f]{16}\.tmp$/;

/** A fresh name beside `path` for something that will take its place. */
export function temporaryName(path: string): string {
  return `${dirname(path)}/.${basename(path)}.${randomHex(8)}.tmp`;
}

/** Returns the name that `name` was to replace, if it is a temporary name. */
export function replacedBy(name: string): string | undefined {
  return TEMPORARY.exec(name)?.[1];
}

/** A moment as part of a file name: `20261121T083500123Z`, in UTC. */
export function dated(ms: number): string {
  return new Date(ms).toISOString().replaceAll(/[-:.]/g, "");
}

/** `length` random bytes as hexadecimal digits, for names. */
export function randomHex(length: number): string {
  return crypto.getRandomValues(new Uint8Array(length)).toHex();
}

/** A change of an account's number. */
export interface Move {
  /** The number that it had. */
  from: number;
  /** The number that it gets. */
  to: number;
}
