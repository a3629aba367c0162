import { readFileSync } from 'node:fs';
import swagger from '@fastify/swagger';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { Failure } from '@kagibako/contracts/failures';
import { sizes } from '@kagibako/contracts/sizes';
import type { Logger } from '@kagibako/telemetry/logger';
import { currentTraceId } from '@kagibako/telemetry/trace-context';
import Fastify, { type FastifyError, type FastifyReply, type FastifyRequest } from 'fastify';

const requestTimeoutMs = 30_000;
const idleTimeoutMs = 75_000;

/** How one API shows a failure: the status, and the body in that API's own shape. */
export type FailureShape = (failure: Failure, request: FastifyRequest) => { status: number; body: unknown };

/** An HTTPS server whose routes are checked against their TypeBox schemas and described by OpenAPI 3.1. */
export async function createRestServer(options: {
  title: string;
  logger: Logger;
  tls: { certFile: string; keyFile: string };
  failureShape: FailureShape;
}) {
  const server = Fastify({
    https: {
      cert: readFileSync(options.tls.certFile),
      key: readFileSync(options.tls.keyFile),
      minVersion: 'TLSv1.2',
    },
    bodyLimit: sizes.restBodyBytesMax,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: idleTimeoutMs,
    forceCloseConnections: 'idle',
    ajv: { customOptions: { coerceTypes: 'array', removeAdditional: false } },
  }).withTypeProvider<TypeBoxTypeProvider>();
  await server.register(swagger, { openapi: { openapi: '3.1.0', info: { title: options.title, version: '0.1.0' } } });
  server.removeContentTypeParser('application/json');
  const parseJson = server.getDefaultJsonParser('error', 'error');
  // Clients of vSphere and of Key Protect send `Content-Type: application/json` with no body at all.
  server.addContentTypeParser(
    /^application\/([\w.+-]+\+)?json/,
    { parseAs: 'string' },
    (request, body: string, done) => (body === '' ? done(null, undefined) : parseJson(request, body, done)),
  );
  server.setErrorHandler((error: FastifyError | Error, request, reply) =>
    answerFailure(error, request, reply, options),
  );
  server.setNotFoundHandler((request, reply) =>
    answerFailure(new Failure('NotFound', 'no such resource'), request, reply, options),
  );
  server.get('/openapi.json', { schema: { hide: true } }, () => server.swagger());
  return server;
}

export type RestServer = Awaited<ReturnType<typeof createRestServer>>;

async function answerFailure(
  error: FastifyError | Error,
  request: FastifyRequest,
  reply: FastifyReply,
  options: { logger: Logger; failureShape: FailureShape },
): Promise<void> {
  const failure = asFailure(error);
  if (failure.code === 'Internal')
    options.logger.error({ err: error, route: request.routeOptions.url }, 'bug in a route');
  const { status, body } = options.failureShape(failure, request);
  await reply.code(status).send(body);
}

function asFailure(error: FastifyError | Error): Failure {
  if (error instanceof Failure) return error;
  const status = 'statusCode' in error ? error.statusCode : undefined;
  if ('validation' in error && error.validation) return new Failure('InvalidArgument', error.message, { cause: error });
  if (status !== undefined && status < 500) return new Failure('InvalidRequest', error.message, { cause: error });
  return new Failure('Internal', `internal error, trace ${currentTraceId() ?? 'unknown'}`, { cause: error });
}
