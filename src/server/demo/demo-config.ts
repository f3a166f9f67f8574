/** The front-proxy example, with the ports that this run has. Pure. */

/** What configs/front-proxy.yaml has, by what it is for. */
const WRITTEN = { listener: "port_value: 10000", admin: "port_value: 9901", service1: "port_value: 8001", service2: "port_value: 8002" } as const;

export type DemoPorts = Readonly<Record<keyof typeof WRITTEN, number>>;

/** The ports that the example has for its listener and its admin listener. */
export const EXAMPLE_PORTS = { listener: 10000, admin: 9901 } as const;

/** Puts the ports in, and keeps the listener on loopback: a demonstration is nobody else's. Throws if the example has changed. */
export function demoConfig(example: string, ports: DemoPorts): string {
  let text = replaced(example, "address: 0.0.0.0", "address: 127.0.0.1");
  for (const [what, written] of Object.entries(WRITTEN)) text = replaced(text, written, `port_value: ${ports[what as keyof DemoPorts]}`);
  return text;
}

function replaced(text: string, from: string, to: string): string {
  const pieces = code(text).split(from);
  if (pieces.length !== 2) throw new Error(`the example has "${from}" ${pieces.length - 1} times`);
  return pieces.join(to);
}

/** Without comments, which name the ports too. */
function code(text: string): string {
  return text.replace(/^\s*#.*\n/gm, "");
}
