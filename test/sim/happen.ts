/** Does to a world what its scenario says. */
import type { ControlObject } from "./control-object.ts";
import type { Edge } from "./edge.ts";
import type { LimiterObject } from "./limiter-object.ts";
import type { PlacesObject } from "./places-object.ts";
import type { Region } from "./region.ts";
import type { RoomObject } from "./room-object.ts";
import type { Event } from "./scenario.ts";
import type { Trace } from "./trace.ts";
import type { VirtualTime } from "./virtual.ts";

/** What things can happen to. */
export interface Stage {
  readonly time: VirtualTime;
  readonly trace: Trace;
  readonly edges: Edge[];
  readonly regions: readonly Region[];
  readonly limiter: readonly LimiterObject[];
  readonly room: RoomObject;
  readonly control: ControlObject;
  readonly places: PlacesObject;
  /** One that starts anew in the place of another. */
  newEdge(index: number): Edge;
}

export function happen(event: Event, stage: Stage): void {
  const { time, trace, edges, regions, control } = stage;
  trace.note(time.nowMs, event.kind, JSON.stringify(event));
  switch (event.kind) {
    case "edge-dies": {
      const edge = edges[event.edge];
      edge?.die();
      edges[event.edge] = stage.newEdge(event.edge);
      return;
    }
    case "edge-cut-off": {
      const edge = edges[event.edge];
      if (edge === undefined) return;
      edge.isCutOff = true;
      time.in(edge, event.forMs, () => {
        edge.isCutOff = false;
      });
      return;
    }
    case "clock-steps": {
      const edge = edges[event.edge];
      if (edge !== undefined) edge.offsetMs += event.byMs;
      return;
    }
    case "object-dies": {
      for (const object of objectsOf(event.object, stage)) {
        object.life += 1;
        object.isUp = false;
        time.in(object, event.forMs, () => {
          object.restart();
          object.isUp = true;
        });
      }
      return;
    }
    case "drain": {
      const region = regions[event.region]?.plan.name ?? "";
      time.as(control, () => control.drain(region, time.shownMs + event.forMs));
      time.in(control, event.forMs, () => control.drain(region, undefined));
      return;
    }
    case "limit":
      time.as(control, () => control.setLimit(event.activeLimit));
  }
}

function objectsOf(
  name: Extract<Event, { kind: "object-dies" }>["object"],
  { limiter, room, control, places }: Stage,
) {
  switch (name) {
    case "limiter":
      return limiter;
    case "room":
      return [room];
    case "control":
      return [control];
    case "places":
      return [places];
  }
}
