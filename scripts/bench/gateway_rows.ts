import { measureFirstBytes, percentile } from "../first_byte.ts";
import { runLoad, startRole } from "../gateway_load.ts";
import { startGateway } from "./exec_gateway.ts";
import type { Pairs } from "./paired.ts";
import type { Programs } from "./programs.ts";
import type { Row } from "./row.ts";

type FirstBytes = Awaited<ReturnType<typeof runLoad>>["firstBytes"];

/** One load serves every row; it occupies the machine for a minute. */
let measured: Promise<FirstBytes> | undefined;

/** The time that the gateway adds to the first byte. */
export const GATEWAY_ROWS: readonly Row[] = [
  gatewayRow("alone", 50, 2),
  gatewayRow("alone", 99, 10),
  gatewayRow("under load", 50, 2),
  gatewayRow("under load", 99, 10),
  binaryRow(50, 2),
  binaryRow(99, 10),
];

/** One measurement serves both rows. */
let measuredBinary: Promise<FirstBytes[number]> | undefined;

function binaryRow(percent: number, more: number): Row {
  return {
    name: `gateway binary p${percent}`,
    what: `gateway of \`exec\` (binary), first byte, p${percent}, no load`,
    baseline: "direct",
    limits: { more },
    async measure({ programs, isQuick }): Promise<Pairs> {
      measuredBinary ??= measureBinary(programs, isQuick ? 20 : 200);
      const { direct, gateway } = await measuredBinary;
      return {
        ours: [percentile(gateway, percent)],
        baseline: [percentile(direct, percent)],
      };
    },
  };
}

async function measureBinary(
  programs: Programs,
  probes: number,
): Promise<FirstBytes[number]> {
  await using upstream = await startRole("upstream");
  await using gateway = await startGateway("binary", {
    programs,
    baseUrl: upstream.address,
  });
  const direct = { url: upstream.address, key: "sk-load" };
  const times = await measureFirstBytes(direct, gateway, probes);
  return { when: "alone", ...times };
}

function gatewayRow(when: string, percent: number, more: number): Row {
  return {
    name: `gateway ${when} p${percent}`,
    what: `gateway with \`openKeyPool()\`, first byte, p${percent}, ${
      when === "alone" ? "no load" : "1,000 streams"
    }`,
    baseline: "direct",
    limits: { more },
    isLong: when !== "alone",
    async measure({ isQuick }): Promise<Pairs> {
      const streams = isQuick ? 1 : 1_000;
      measured ??= load({ streams, seconds: isQuick ? 1 : 30, events: 2 });
      const times = (await measured).find((it) => it.when === when);
      return {
        ours: [percentile(times?.gateway ?? [], percent)],
        baseline: [percentile(times?.direct ?? [], percent)],
      };
    },
  };
}

async function load(
  options: Parameters<typeof runLoad>[0],
): Promise<FirstBytes> {
  const { broken, firstBytes } = await runLoad(options);
  if (broken.length === 0) return firstBytes;
  throw new Error(`Cannot go on: ${broken.length} streams are broken`, {
    cause: broken[0],
  });
}
