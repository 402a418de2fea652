import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { distanceKm, nearestFirst, type Place, REGION_PLACES } from "../../src/policy/place.ts";

const { apac: hongKong, "apac-se": singapore, weur: paris, wnam: sanFrancisco, oc: sydney } = REGION_PLACES;
const place = fc.record({
  lat: fc.double({ min: -90, max: 90, noNaN: true }),
  lon: fc.double({ min: -180, max: 180, noNaN: true }),
});

describe("distance", () => {
  it.each<[string, Place, Place, number]>([
    ["Hong Kong to Singapore", hongKong, singapore, 2580],
    ["Paris to San Francisco", paris, sanFrancisco, 8960],
    ["a degree on the equator", { lat: 0, lon: 0 }, { lat: 0, lon: 1 }, 111.195],
    ["over the date line", { lat: 0, lon: 179.5 }, { lat: 0, lon: -179.5 }, 111.195],
    ["pole to pole", { lat: 90, lon: 0 }, { lat: -90, lon: 77 }, 20_015.1],
    ["antipodes", { lat: 10, lon: 20 }, { lat: -10, lon: -160 }, 20_015.1],
    ["nowhere", sydney, sydney, 0],
  ])("%s", (_, from, to, km) => {
    expect(Math.abs(distanceKm(from, to) - km)).toBeLessThanOrEqual(km * 0.005);
  });

  it("is a metric, at most half the way round", () => {
    fc.assert(
      fc.property(place, place, place, (a, b, c) => {
        expect(distanceKm(a, b)).toBeCloseTo(distanceKm(b, a), 6);
        expect(distanceKm(a, b)).toBeGreaterThanOrEqual(0);
        expect(distanceKm(a, b)).toBeLessThanOrEqual(20_015.2);
        expect(distanceKm(a, c)).toBeLessThanOrEqual(distanceKm(a, b) + distanceKm(b, c) + 0.001);
      }),
    );
  });
});

describe("nearest first", () => {
  const origins = [hongKong, singapore, paris];

  it.each<[string, Place, number[]]>([
    ["Shenzhen", { lat: 22.54, lon: 114.06 }, [0, 1, 2]],
    ["Jakarta", { lat: -6.2, lon: 106.85 }, [1, 0, 2]],
    ["Madrid", { lat: 40.42, lon: -3.7 }, [2, 0, 1]],
  ])("from %s", (_, client, order) => {
    expect(nearestFirst(client, origins)).toEqual(order);
  });

  it("puts origins without a place last, and equally far ones in the order of the configuration", () => {
    expect(nearestFirst(paris, [undefined, singapore, undefined, paris, paris])).toEqual([3, 4, 1, 0, 2]);
    expect(nearestFirst(paris, [undefined, undefined])).toEqual([0, 1]);
    expect(nearestFirst(paris, [])).toEqual([]);
  });

  it("keeps the order of the configuration when the client's place is no number", () => {
    expect(nearestFirst({ lat: Number.NaN, lon: 0 }, origins)).toEqual([0, 1, 2]);
  });

  it("is every origin once, by distance that never shrinks", () => {
    fc.assert(
      fc.property(place, fc.array(place, { maxLength: 12 }), (client, places) => {
        const order = nearestFirst(client, places);
        expect([...order].sort((a, b) => a - b)).toEqual(places.map((_, index) => index));
        const distances = order.map((index) => distanceKm(client, places[index] ?? client));
        expect(distances).toEqual([...distances].sort((a, b) => a - b));
      }),
    );
  });
});

describe("the regions", () => {
  it("are Cloudflare's location hints, each at a place on the globe", () => {
    expect(Object.keys(REGION_PLACES).sort()).toEqual(
      ["afr", "apac", "apac-ne", "apac-se", "eeur", "enam", "me", "oc", "sam", "weur", "wnam"].sort(),
    );
    for (const { lat, lon } of Object.values(REGION_PLACES)) {
      expect(Math.abs(lat)).toBeLessThan(90);
      expect(Math.abs(lon)).toBeLessThan(180);
    }
  });
});
