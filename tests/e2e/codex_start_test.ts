/**
 * Two starts of the real `codex` whose token has expired. It talks to a service
 * on this machine that accepts each refresh token once.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { accessTokenUntil } from "../support/codex_login.ts";
import { codexPlans } from "../support/plan_scene.ts";

/** How long a refresh takes. */
const LATENCY_MS = 5_000;

Deno.test("exec --cli codex 0.171.0 at the same time spends a refresh token once", async () => {
  const sent: string[] = [];
  await using plans = await codexPlans({
    exp: Math.floor(Date.now() / 1000) - 60,
    refresh: async ({ body }) => {
      const { refresh_token } = JSON.parse(body);
      const isSpent = sent.includes(refresh_token);
      sent.push(refresh_token);
      // A start that does not wait asks meanwhile.
      await new Promise((resolve) => setTimeout(resolve, LATENCY_MS));
      if (isSpent) {
        const error = { code: "refresh_token_reused" };
        return Response.json({ error }, { status: 401 });
      }
      return Response.json({
        access_token: accessTokenUntil(4_102_444_800),
        refresh_token: "refresh-2",
      });
    },
  });
  const runs = await Promise.all(["hi", "ho"].map((it) => plans.ask(it)));
  assertEquals(
    runs.map((it) => [it.code, it.stdout.trim()]),
    runs.map(() => [0, "Paris"]),
    runs.map((it) => it.stderr).join(),
  );
  assertEquals(sent.length, 1);
});
