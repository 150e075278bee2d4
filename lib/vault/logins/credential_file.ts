import { UNREADABLE } from "../../disk/permissions.ts";
import { errorCode, runtime } from "../../system/mod.ts";
import type { Credential } from "../../agents/formats.ts";
import type { Layout } from "../../disk/layout.ts";

/** A credential in a file. */
export interface Found {
  /** The content of the file. */
  bytes: Uint8Array;
  /** What it says. */
  credential: Credential;
}

/** Why a file does not contain a credential. */
export interface NotFound {
  /** The reason; completes "it ...". */
  problem: string;
}

/** The problem of an empty file. */
export const EMPTY = "is empty";

/** The problem of a login of an agent that reads none through a link. */
const NO_LOGIN = "is not a login that this agent can use";

const PROBLEMS: Readonly<Record<string, string>> = {
  EACCES: UNREADABLE,
  EFBIG: "is too large",
  EINVAL: "is not a file",
  EISDIR: "is a folder",
  ELOOP: "is a link to itself",
  EPERM: UNREADABLE,
};

/** A credential file has a few hundred bytes; a larger file is not one. */
export const MAX_CREDENTIAL_BYTES = 64 * 1024;

/**
 * Reads the credential at `path`, in the format of the layout's agent. Returns
 * the problem if there is none.
 */
export async function readCredential(
  path: string,
  layout: Pick<Layout, "agent">,
): Promise<Found | NotFound> {
  try {
    const bytes = await runtime.files.read(path, MAX_CREDENTIAL_BYTES);
    if (!bytes) return { problem: "is not there" };
    if (bytes.length === 0) return { problem: EMPTY };
    const checked = checkCredential(bytes, layout);
    return "problem" in checked ? checked : { bytes, ...checked };
  } catch (error) {
    return { problem: describeReadFailure(error) };
  }
}

/** Parses a credential. Returns the problem if it is not one. */
export function checkCredential(
  bytes: Uint8Array,
  { agent }: Pick<Layout, "agent">,
): { credential: Credential } | { problem: string } {
  try {
    if (!agent.login) return { problem: NO_LOGIN };
    return { credential: agent.login.parse(bytes) };
  } catch (error) {
    if (error instanceof SyntaxError) return { problem: error.message };
    throw error;
  }
}

/** Returns why a credential file cannot be read; throws any other error. */
export function describeReadFailure(error: unknown): string {
  const problem = PROBLEMS[errorCode(error) ?? ""];
  if (problem === undefined) throw error;
  return problem;
}
