import { peek } from "./fake_agent.ts";
import { nameOf } from "./token_book.ts";

/** Where claude says who its user is: beside its usual home, or in a moved one. */
function statePath(): string {
  const moved = Deno.env.get("CLAUDE_CONFIG_DIR");
  return `${moved ?? Deno.env.get("HOME")}/.claude.json`;
}

/** Says who the user is. */
export function writeState(oauthAccount: Record<string, unknown>): void {
  Deno.writeTextFileSync(statePath(), JSON.stringify({ oauthAccount }));
}

/** Says whose the login with this token is, unless the state names a user. */
export function nameUser(token: string | null | undefined): void {
  const owner = nameOf(token ?? "")?.owner;
  if (owner === undefined || peek(statePath()) !== undefined) return;
  writeState({ accountUuid: owner, organizationUuid: "org-1" });
}

/** Returns whose login the service has granted. */
export function idsIn({ account, organization }: Record<string, unknown>) {
  return {
    accountUuid: Object(account).uuid,
    organizationUuid: Object(organization).uuid,
  };
}
