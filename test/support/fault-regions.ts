// Demo regions for the fault matrix in one process: three for each fault, which all of them have from the start, and
// three that are well. Says where each is, and where it is read, in one line of JSON.
import { startRegion } from "../../scripts/demo/server.ts";
import { FAULTS } from "../../scripts/demo/settings.ts";
import { freePorts } from "../../scripts/lib/free-ports.ts";

const FLAP_MS = 500;

for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => process.exit(0));

const troubles = [
  ...FAULTS.map((fault) => ({ name: fault as string, fault, faultRate: 1 })),
  { name: "status-503-30", fault: "status-503" as const, faultRate: 0.3 },
];
const regions: Record<string, { url: string; controlUrl: string }> = {};
for (const { name, fault, faultRate } of troubles) {
  for (let index = 0; index < 3; index++) {
    const key = `${name}-${index}`;
    // A port that is closed now and then is not to be one that the kernel gives to others meanwhile.
    const port = fault === "flap" ? await freePorts(1) : 0;
    regions[key] = await startRegion({ name: key, port, fault, faultRate, flapMs: FLAP_MS });
  }
}
console.log(`regions ${JSON.stringify(regions)}`);
