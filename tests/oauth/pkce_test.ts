import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { challengeOf, createPkce } from "../../lib/oauth/device_flow.ts";

// RFC 7636, appendix B.
const BYTES = [
  ...[116, 24, 223, 180, 151, 153, 224, 37, 79, 250, 96, 125, 216, 173],
  ...[187, 186, 22, 212, 37, 77, 105, 214, 191, 240, 91, 88, 5, 88, 83],
  ...[132, 141, 121],
];
const VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

Deno.test("createPkce() returns the pair of RFC 7636, appendix B, for its bytes", async () => {
  const system = { randomBytes: () => Uint8Array.from(BYTES) };
  const pair = { verifier: VERIFIER, challenge: CHALLENGE };
  assertEquals(await createPkce({ system }), pair);
});

Deno.test("createPkce() asks for 32 random bytes", async () => {
  const lengths: number[] = [];
  const randomBytes = (length: number) => {
    lengths.push(length);
    return new Uint8Array(length);
  };
  await createPkce({ system: { randomBytes } });
  assertEquals(lengths, [32]);
});

Deno.test("createPkce() returns a new verifier each time", async () => {
  const [a, b] = [await createPkce(), await createPkce()];
  assertNotEquals(a.verifier, b.verifier);
  assertMatch(a.verifier, /^[A-Za-z0-9_-]{43}$/);
});

Deno.test("challengeOf() returns the challenge of RFC 7636, appendix B", async () => {
  assertEquals(await challengeOf(VERIFIER), CHALLENGE);
});
