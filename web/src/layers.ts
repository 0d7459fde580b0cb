// The layers of a received picture: how many there are, which the server sends, and the qualities to choose from.

import { parseScalabilityMode } from 'mediasoup-client';
import type { RtpParameters } from 'mediasoup-client/types';

export interface LayerCounts {
  spatial: number;
  temporal: number;
}

/** The best of what arrives, counted from 0, the worst. */
export interface Layers {
  spatial: number;
  temporal: number;
}

export interface QualityChoice {
  label: string;
  /** The best that is wanted; the server sends less where the bandwidth is short. */
  spatialLayer: number;
  /** Of pictures that share a bandwidth, those with more come first. */
  priority: number;
}

export const kAuto = 'Auto';
const kOrdinaryPriority = 1;
const kHighPriority = 2;

/** Servers tell a consumer its producer's layers as the scalability mode of its only encoding, simulcast included. */
export function layerCounts({ encodings }: RtpParameters): LayerCounts {
  const { spatialLayers, temporalLayers } = parseScalabilityMode(encodings?.[0]?.scalabilityMode);
  return { spatial: spatialLayers, temporal: temporalLayers };
}

/**
 * Auto, then the spatial layers, best first; none where there is nothing to choose from. Both Auto and High want the best
 * layer, but High wants it before the others get theirs.
 */
export function qualityChoices({ spatial }: LayerCounts): QualityChoice[] {
  if (spatial < 2) return [];
  const highest = spatial - 1;
  const layers = Array.from({ length: spatial }, (_, index): QualityChoice => {
    const spatialLayer = highest - index;
    const priority = spatialLayer === highest ? kHighPriority : kOrdinaryPriority;
    return { label: layerName(spatialLayer, highest), spatialLayer, priority };
  });
  return [{ label: kAuto, spatialLayer: highest, priority: kOrdinaryPriority }, ...layers];
}

function layerName(layer: number, highest: number): string {
  if (layer === highest) return 'High';
  if (layer === 0) return 'Low';
  return highest === 2 ? 'Medium' : `Medium ${layer}`;
}

/** "S2/3 T3/3": the second of three spatial layers, the third of three temporal ones. Says nothing of a single layer. */
export function formatLayers(layers: Layers, counts: LayerCounts): string {
  return [
    counts.spatial > 1 ? `S${layers.spatial + 1}/${counts.spatial}` : '',
    counts.temporal > 1 ? `T${layers.temporal + 1}/${counts.temporal}` : '',
  ]
    .filter((text) => text !== '')
    .join(' ');
}
