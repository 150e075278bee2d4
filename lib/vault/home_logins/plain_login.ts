import type { HomeLogin } from "../../agents/home_login.ts";
import { runtime } from "../../system/mod.ts";
import type { Snapshot } from "../snapshot.ts";
import { isLogin, readLogin } from "./home_place.ts";
import { placeOf } from "./login_accounts.ts";

/** A login of the plain agent that belongs to no account. */
export interface PlainLogin {
  /** Its file. */
  path: string;
  /** What kind of login it is; `undefined` if the file cannot be read. */
  kind: HomeLogin["kind"] | undefined;
  /** What a user recognizes it by, masked. */
  name: string | undefined;
  /** Why it cannot become an account; completes "it ...". */
  problem: string | undefined;
}

/**
 * Returns the login of the plain agent, unless it is an account's; changes
 * nothing.
 */
export async function findPlainLogin(
  { layout, keys, state }: Pick<Snapshot, "layout" | "keys" | "state">,
): Promise<PlainLogin | undefined> {
  const place = placeOf({ layout, keys });
  if (!place || state.plain !== undefined) return undefined;
  const { plain: path } = place;
  if (await runtime.files.readLink(path) !== undefined) return undefined;
  const found = await readLogin(path, place);
  if (!found.isThere) return undefined;
  if (!isLogin(found)) {
    return { path, kind: undefined, name: undefined, problem: found.problem };
  }
  const { kind, name, isUsable } = found.login;
  const problem = kind === "api-key"
    ? "has an API key, not a login"
    : !isUsable
    ? "has a login that has ended"
    : found.identity
    ? undefined
    : "does not say whose login it is";
  return { path, kind, name, problem };
}
