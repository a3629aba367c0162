import { commonSettings, path, port, text } from '@kagibako/runtime/config';

export const settings = {
  ...commonSettings,
  kmipHost: text('KAGIBAKO_KMIP_HOST', 'address of the KMIP listener', { fallback: '127.0.0.1' }),
  kmipPort: port('KAGIBAKO_KMIP_PORT', 'port of the KMIP listener', { fallback: 5696 }),
  tlsCertFile: path('KAGIBAKO_TLS_CERT_FILE', 'PEM of the server’s certificate chain'),
  tlsKeyFile: path('KAGIBAKO_TLS_KEY_FILE', 'PEM of its private key'),
} as const;
