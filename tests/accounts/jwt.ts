import { slotPath } from "../../lib/disk/names.ts";
import {
  type AccountFolder,
  accountFolder,
  credential,
  NOW,
} from "../support/account_folder.ts";

/** Accounts whose access tokens are JWTs of the subjects `user-1` and so on. */
export async function jwtFolder(
  accounts: readonly number[] = [1, 2],
): Promise<AccountFolder> {
  const folder = await accountFolder({ accounts });
  for (const index of accounts) {
    const bytes = credential(index, {
      accessToken: jwt({ sub: `user-${index}` }),
    });
    await folder.put(bytes, slotPath(folder.layout, index));
  }
  return folder;
}

/** A login whose owner only the claims show. */
export function jwtLogin(claims: Record<string, unknown>): Uint8Array {
  const accessToken = jwt({ jti: "next", ...claims });
  return credential(9, { accessToken, expiresAt: NOW + 3_600_001 });
}

/** A JWT with these claims. */
export function jwt(claims: Record<string, unknown>): string {
  const parts = [{ alg: "none" }, { iss: "https://chat.qwen.ai", ...claims }];
  const encoded = parts.map((it) =>
    new TextEncoder().encode(JSON.stringify(it))
      .toBase64({ alphabet: "base64url", omitPadding: true })
  );
  return [...encoded, "c2lnbmF0dXJl"].join(".");
}
