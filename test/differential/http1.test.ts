import { afterAll, beforeAll, describe, test } from "vitest";
import { ASPECTS, diffLines, render, renderSet, shown } from "../support/comparison.ts";
import type { Aspect, Observation } from "../support/comparison.ts";
import { referenceCommand, subjectCommand } from "../support/subject.ts";
import type { Case, Group } from "./case.ts";
import { groups } from "./cases/all.ts";
import { clearPair, setPair } from "./pair.ts";
import type { Pair } from "./pair.ts";
import { Recorder } from "./recorder.ts";
import type { Stage } from "./stage.ts";

/** Counters every case compares, besides its own. */
const USUAL: readonly RegExp[] = [
  /^http\.(?!admin)\w+\.downstream_(rq_(total|completed|\dxx|active|timeout|idle_timeout|rx_reset|tx_reset|http[12]_total|too_many_premature_resets|redirected|ws_\w+|rejected_via_\w+|non_relative_path|too_large|header_timeout)|cx_(total|active|protocol_error|drain_close|http[12]_active|max_requests_reached))$/,
  /^http\.(?!admin)\w+\.(no_route|no_cluster|rq_(total|direct_response|redirect|reset_after_downstream_response_started))$/,
  /^cluster\.\w+\.(external\.|internal\.)?upstream_rq_(total|\d+|\dxx|completed|timeout|rx_reset|tx_reset|pending_failure_eject|active|cancelled|retry\w*|maintenance_mode)$/,
  /^cluster\.\w+\.upstream_cx_(total|active|connect_fail|protocol_error|destroy_with_active_rq|close_notify|none_healthy|http[12]_total)$/,
  /^(cluster\.\w+\.)?http2\.(?!nghttp2_|outbound_\w*frames_active|streams_active)/,
];

const reference = referenceCommand();
const recorder = new Recorder(process.env["LEGATE_RECORD"] || undefined);

if ("missing" in reference) {
  console.error(`\nSKIPPED, every differential case: there is no Envoy to compare with.\n${reference.missing}\n`);
  test.skip(`no Envoy to compare with: ${reference.missing}`, () => {});
} else {
  const subject = subjectCommand(reference);
  describe(`${subject.name} answers like ${reference.name}`, () => {
    for (const group of groups) {
      describe.concurrent(group.name, () => {
        let pair: Pair | undefined;
        beforeAll(async () => {
          pair = await setPair(group, reference, subject);
          recorder.open(group.name, pair.reference.configuration);
        }, 120_000);
        afterAll(async () => {
          recorder.close(group.name);
          if (pair !== undefined) await clearPair(pair);
        });
        for (const theCase of group.cases) {
          test(theCase.title, { concurrent: false, timeout: 60_000 }, async () => {
            if (pair === undefined) throw new Error("not started");
            const refused = pair.refused.get(theCase.to ?? "main");
            if (refused !== undefined) throw new Error(refused);
            const stages = [pair.reference, pair.subject] as const;
            await Promise.all(stages.map((stage) => stage.revive()));
            const seen = await Promise.all([playOn(stages[0], theCase), playOn(stages[1], theCase)]);
            recorder.add(group.name, theCase, seen[0], stages[0].names);
            const differences = compare(theCase, seen, stages);
            if (differences.length > 0) throw new Error([`${reference.name} (-) and ${subject.name} (+) differ`, ...differences, describeCase(group, theCase, stages[0], seen[0])].join("\n\n"));
          });
        }
      });
    }
  });
}

/** Throws with what the subject said when it dies of the case. */
async function playOn(stage: Stage, theCase: Case): Promise<Observation> {
  const died = (): string => `${stage.subject.name} died in "${theCase.title}":\n${stage.subject.output}`;
  const seen = await stage.play(theCase).catch((error: unknown) => {
    throw stage.subject.exited ? new Error(died(), { cause: error }) : error;
  });
  if (stage.subject.exited) throw new Error(died());
  return seen;
}

function compare(theCase: Case, [first, second]: readonly [Observation, Observation], stages: readonly [Stage, Stage]): string[] {
  const seen = theCase.unhurried === true ? ([calm(first), calm(second)] as const) : ([first, second] as const);
  if (theCase.asSet === true) return difference("answers as a set", renderSet(seen[0], stages[0].names), renderSet(seen[1], stages[1].names));
  const counters = [...USUAL, ...(theCase.counters ?? [])];
  const counted = (name: string): boolean => counters.some((pattern) => pattern.test(name)) && theCase.uncounted?.test(name) !== true;
  return comparedAspects(theCase).flatMap((aspect) => {
    const found = difference(aspect, render(aspect, seen[0], stages[0].names, counted), render(aspect, seen[1], stages[1].names, counted));
    return excused(theCase, aspect, found);
  });
}

function calm(seen: Observation): Observation {
  return { ...seen, connections: seen.connections.map((connection) => ({ ...connection, closedLate: false })) };
}

/** A difference that the case gives a reason for is said aloud and passes; a reason without a difference does not. */
function excused(theCase: Case, aspect: Aspect, found: string[]): string[] {
  const reason = theCase.differs?.[aspect];
  if (reason === undefined) return found;
  if (found.length === 0) return [`${aspect}: is the same on both sides, though the case says that it differs (${reason})`];
  console.log(`DIFFERS, ${theCase.title}, ${aspect}: ${reason}`);
  return [];
}

function difference(what: string, wanted: string, got: string): string[] {
  return wanted === got ? [] : [`${what}:\n${diffLines(wanted, got)}`];
}

/** All aspects, or those named in LEGATE_ASPECTS (comma-separated), without those that vary. */
function comparedAspects(theCase: Case): Aspect[] {
  const asked = process.env["LEGATE_ASPECTS"]?.split(",");
  return ASPECTS.filter((aspect) => (asked?.includes(aspect) ?? true) && theCase.varies?.[aspect] === undefined);
}

/** What was sent, and the configuration: the listener's own part, or with LEGATE_SHOW_CONFIG=1 the whole. */
function describeCase(group: Group, theCase: Case, stage: Stage, seen: Observation): string {
  const listener = theCase.to ?? "main";
  const sent = seen.connections.map((c) => c.sent.split("\n").map(shown).join("\n")).join("\n-- next connection --\n");
  const configuration = process.env["LEGATE_SHOW_CONFIG"] === "1" ? stage.configuration : (group.listeners[listener] ?? "").trim() || "(nothing but the defaults)";
  return `sent to listener "${listener}":\n${sent}\n\nconfiguration:\n${configuration}`;
}
