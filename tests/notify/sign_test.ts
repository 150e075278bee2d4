import { assertEquals } from "@std/assert";
import { readSecret, signatureHeaders } from "../../lib/notify/deliver.ts";
import { testWith } from "../support/needs.ts";

const opensslTest = await testWith("openssl");

const KEY = new TextEncoder().encode("a secret key of 32 bytes, really");
const BODY = '{"type":"account.exhausted","text":"Größe"}';

Deno.test("signatureHeaders() signs as the example of the specification", async () => {
  // From the reference implementations' tests of Standard Webhooks.
  const secret = readSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  assertEquals("key" in secret, true);
  const headers = await signatureHeaders({
    id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
    timestamp: 1_614_265_330,
    body: '{"test": 2432232314}',
  }, "key" in secret ? secret.key : new Uint8Array());
  assertEquals(
    headers["webhook-signature"],
    "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
  );
});

opensslTest("signatureHeaders() signs as openssl does", async () => {
  const signed = { id: "msg_1", timestamp: 1_795_262_400, body: BODY };
  const headers = await signatureHeaders(signed, KEY);
  const child = new Deno.Command("openssl", {
    args: [
      ...["dgst", "-sha256", "-mac", "HMAC", "-macopt"],
      ...[`hexkey:${KEY.toHex()}`, "-binary"],
    ],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  const content = `${signed.id}.${signed.timestamp}.${BODY}`;
  await writer.write(new TextEncoder().encode(content));
  await writer.close();
  const { stdout } = await child.output();
  assertEquals(headers, {
    "webhook-id": "msg_1",
    "webhook-timestamp": "1795262400",
    "webhook-signature": `v1,${stdout.toBase64()}`,
  });
});

const SECRETS: Record<string, string | undefined> = {
  [`whsec_${KEY.toBase64()}`]: undefined,
  [`  whsec_${KEY.toBase64()}\n`]: undefined,
  [KEY.toBase64()]: "does not begin with whsec_",
  "whsec_*": "has no base64 after whsec_",
  "whsec_c2hvcnQ=": "is not a key of 24 to 64 bytes",
};

for (const [text, problem] of Object.entries(SECRETS)) {
  Deno.test(`readSecret() of ${JSON.stringify(text)}: ${problem ?? "valid"}`, () => {
    const read = readSecret(text);
    assertEquals("problem" in read ? read.problem : undefined, problem);
  });
}
