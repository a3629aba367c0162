// The healthcheck of every service: it says itself whether it is ready.
const timeoutMs = 4_000;

const { ok } = await fetch('http://127.0.0.1:9100/readyz', { signal: AbortSignal.timeout(timeoutMs) });
process.exitCode = ok ? 0 : 1;
