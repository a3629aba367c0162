import { commonSettings, list } from '@kagibako/runtime/config';

export const settings = {
  ...commonSettings,
  hostIds: list('KAGIBAKO_HOST_IDS', 'ids of the hosts whose commands have a consumer, comma-separated'),
} as const;
