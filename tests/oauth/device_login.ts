import type { DeviceLogin } from "../../lib/oauth/device_flow.ts";
import { NOW } from "../support/account_folder.ts";

/** A login that has begun at `NOW`, with ten minutes to confirm it. */
export const DEVICE_LOGIN: DeviceLogin = {
  deviceCode: "secret-device-code",
  codeVerifier: "secret-verifier",
  userCode: "ABCD-1234",
  verificationUri: "https://login.example/authorize",
  verificationUriComplete: undefined,
  expiresAt: NOW + 600_000,
  intervalMs: 5_000,
};
