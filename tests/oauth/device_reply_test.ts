import { assertEquals, assertThrows } from "@std/assert";
import { OAuthError } from "../../lib/oauth/errors.ts";
import {
  type DeviceCode,
  parseDeviceReply,
} from "../../lib/oauth/device_flow.ts";
import { NOW } from "../support/account_folder.ts";

const PAGE = "https://login.example/authorize";

const BODY = {
  device_code: "secret-device-code",
  user_code: "ABCD-1234",
  verification_uri: PAGE,
  verification_uri_complete: `${PAGE}?user_code=ABCD-1234`,
  expires_in: 900,
  interval: 7,
};

const CODE: DeviceCode = {
  deviceCode: "secret-device-code",
  userCode: "ABCD-1234",
  verificationUri: PAGE,
  verificationUriComplete: `${PAGE}?user_code=ABCD-1234`,
  expiresAt: NOW + 900_000,
  intervalMs: 7_000,
};

const COMPLETE_ONLY = { user_code: undefined, verification_uri: undefined };

const MINUTE_MS = 60_000;

const VARIATIONS: [name: string, change: object, expected: object][] = [
  ["everything that RFC 8628 names", {}, {}],
  ["no interval", { interval: undefined }, { intervalMs: 5_000 }],
  ["an interval of 0", { interval: 0 }, { intervalMs: 5_000 }],
  ["an interval that is not a number", { interval: "soon" }, {
    intervalMs: 5_000,
  }],
  ["a tiny interval", { interval: 0.01 }, { intervalMs: 1_000 }],
  ["numbers as text", { interval: "2", expires_in: "60" }, {
    intervalMs: 2_000,
    expiresAt: NOW + MINUTE_MS,
  }],
  ["no expires_in", { expires_in: undefined }, {
    expiresAt: NOW + 10 * MINUTE_MS,
  }],
  ["a negative expires_in", { expires_in: -1 }, {
    expiresAt: NOW + 10 * MINUTE_MS,
  }],
  ["an expires_in of years", { expires_in: 1e9 }, {
    expiresAt: NOW + 60 * MINUTE_MS,
  }],
  ["no complete page", { verification_uri_complete: undefined }, {
    verificationUriComplete: undefined,
  }],
  ["only the complete page", COMPLETE_ONLY, {
    userCode: undefined,
    verificationUri: CODE.verificationUriComplete,
  }],
  ["a complete page that cannot be trusted", {
    verification_uri_complete: "javascript:alert(1)",
  }, { verificationUriComplete: undefined }],
  ["an interval above the lifetime", { expires_in: 8, interval: 5_000 }, {
    expiresAt: NOW + 8_000,
    intervalMs: 4_000,
  }],
  ["a page on this machine", { verification_uri: "http://127.0.0.1:1/x" }, {
    verificationUri: "http://127.0.0.1:1/x",
  }],
  ["a page that steers the terminal", {
    verification_uri: `${PAGE}/\x1b]0;title\x07/`,
  }, { verificationUri: `${PAGE}/%1B]0;title%07/` }],
  ["a code that steers the terminal", { user_code: "\x1b[2J" }, {
    userCode: undefined,
  }],
];

for (const [name, change, expected] of VARIATIONS) {
  Deno.test(`parseDeviceReply() reads a reply with ${name}`, () => {
    const body = { ...BODY, ...change };
    const code = parseDeviceReply({ status: 200, body }, NOW);
    assertEquals(code, { ...CODE, ...expected });
  });
}

const INCOMPLETE: [name: string, change: object, missing: string][] = [
  ["device_code", { device_code: undefined }, "has no device code"],
  ["any page", {
    verification_uri: undefined,
    verification_uri_complete: undefined,
  }, "has no page to open"],
  ["a page that can be trusted", {
    verification_uri: "http://login.example",
    verification_uri_complete: "file:///etc/passwd",
  }, "has no page to open"],
  ["any code to type", {
    user_code: "",
    verification_uri_complete: undefined,
  }, "has no code to type"],
];

for (const [name, change, missing] of INCOMPLETE) {
  Deno.test(`parseDeviceReply() refuses a reply without ${name}`, () => {
    const body = { ...BODY, ...change };
    const error = assertThrows(
      () => parseDeviceReply({ status: 200, body }, NOW),
      OAuthError,
      missing,
    );
    assertEquals(error.code, "unreadable");
  });
}
