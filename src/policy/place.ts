/** Which origin is near a client: places on the globe and the distance between them. */

/** Degrees; north and east are positive. */
export interface Place {
  readonly lat: number;
  readonly lon: number;
}

/** One representative city for each of Cloudflare's location hints. */
export const REGION_PLACES = {
  wnam: { lat: 37.77, lon: -122.42 }, // San Francisco
  enam: { lat: 39.04, lon: -77.49 }, // Ashburn
  sam: { lat: -23.55, lon: -46.63 }, // São Paulo
  weur: { lat: 48.86, lon: 2.35 }, // Paris
  eeur: { lat: 52.23, lon: 21.01 }, // Warsaw
  apac: { lat: 22.32, lon: 114.17 }, // Hong Kong
  "apac-ne": { lat: 35.68, lon: 139.69 }, // Tokyo
  "apac-se": { lat: 1.35, lon: 103.82 }, // Singapore
  oc: { lat: -33.87, lon: 151.21 }, // Sydney
  afr: { lat: -26.2, lon: 28.05 }, // Johannesburg
  me: { lat: 25.2, lon: 55.27 }, // Dubai
} as const satisfies Readonly<Record<string, Place>>;

export type Region = keyof typeof REGION_PLACES;

/** Mean radius R1 of the IUGG, in kilometres. */
const EARTH_RADIUS_KM = 6371.0088;
const RADIANS_PER_DEGREE = Math.PI / 180;

/** Great-circle distance by the haversine formula: exact to 0.5 %, stable for near points and for antipodes. */
export function distanceKm(from: Place, to: Place): number {
  const lat1 = from.lat * RADIANS_PER_DEGREE;
  const lat2 = to.lat * RADIANS_PER_DEGREE;
  const halfLat = (lat2 - lat1) / 2;
  const halfLon = ((to.lon - from.lon) * RADIANS_PER_DEGREE) / 2;
  const haversine = Math.sin(halfLat) ** 2 + Math.cos(lat1) * Math.cos(lat2) * Math.sin(halfLon) ** 2;
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.sqrt(Math.min(1, haversine)));
}

/**
 * The origins' indexes by distance from the client, nearest first; equally far ones in the order of the configuration,
 * and those without a place last.
 */
export function nearestFirst(client: Place, origins: readonly (Place | undefined)[]): number[] {
  const far = origins.map((place) =>
    place === undefined ? Number.POSITIVE_INFINITY : distanceKm(client, place),
  );
  // The difference of two infinities is no number, which a comparison takes for equal (ECMA-262 CompareArrayElements).
  return origins.map((_, index) => index).sort((a, b) => (far[a] ?? 0) - (far[b] ?? 0));
}
