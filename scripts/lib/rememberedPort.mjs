import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { writeAtomically } from "./installOnce.mjs";

/** More ports than anybody has editors of one checkout open at once. */
const mostPorts = 16;

/**
 * The first free loopback port of those that a file remembers, in the order in which they were first used; 0, with which the system
 * chooses, where none is.
 */
export async function choosePort(path) {
  for (const port of readPorts(path)) {
    if (await isFree(port)) {
      return port;
    }
  }
  return 0;
}

/** Notes a port behind those that a file remembers. */
export function rememberPort(path, port) {
  const ports = readPorts(path);
  if (!ports.includes(port)) {
    writeAtomically(path, `${[...ports, port].slice(-mostPorts).join("\n")}\n`);
  }
}

function readPorts(path) {
  const lines = existsSync(path) ? readFileSync(path, "utf8").split("\n") : [];
  return lines.map(Number).filter((port) => Number.isInteger(port) && port > 0 && port < 65_536);
}

async function isFree(port) {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen({ host: "127.0.0.1", port }, () => server.close(() => resolve(true)));
  });
}
