/** The sizes that must agree across the bus, in bytes. A KMIP request, sealed, fits one NATS message, and so does an answer. */
export const sizes = {
  /** KMIP request before the client is known. */
  kmipRequestUnauthenticatedBytesMax: 8 * 1024,
  kmipRequestBytesMax: 1024 * 1024,
  kmipResponseBytesMax: 4 * 1024 * 1024,
  /** nats-server's `max_payload`. */
  busPayloadBytesMax: 8 * 1024 * 1024,
  /** Commands, events and plain requests: ids and states, never bulk data. */
  busDocumentBytesMax: 64 * 1024,
  restBodyBytesMax: 1024 * 1024,
} as const;
