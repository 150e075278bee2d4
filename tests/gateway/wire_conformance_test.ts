import { WIRE_CASES } from "./wire_cases.ts";
import { testWire } from "./wire_conformance.ts";

for (const it of WIRE_CASES) testWire(it);
