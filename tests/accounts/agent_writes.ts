import {
  type AccountFolder,
  credential,
  NOW,
} from "../support/account_folder.ts";

/**
 * The login of account `index` after its `time`th refresh: both tokens are new,
 * so nothing in it shows the owner.
 */
export function refreshed(index: number, time = 1): Uint8Array {
  return credential(index, {
    accessToken: `refreshed-access-${index}-${time}`,
    refreshToken: `refreshed-refresh-${index}-${time}`,
    expiresAt: NOW + (time + 1) * 3_600_000,
  });
}

/** Replaces the live file with `bytes`, as a refresh of the agent does. */
export function refresh({ layout }: AccountFolder, bytes: Uint8Array): void {
  const temporary = `${layout.live}.tmp.${crypto.randomUUID()}`;
  Deno.writeFileSync(temporary, bytes, { mode: 0o600 });
  Deno.renameSync(temporary, layout.live);
}

/** Writes `bytes` to the live file, through the link if it is one. */
export function writeInPlace(
  { layout }: AccountFolder,
  bytes: Uint8Array,
): void {
  Deno.writeFileSync(layout.live, bytes, { mode: 0o600 });
}
