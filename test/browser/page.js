// Runs in a browser, on a page of another origin than the proxy's: calls as its users make them, and what came of each. Not part of any build.
import { GrpcWebClientBase, MethodDescriptor, MethodType } from '/grpc-web.js';

const proxy = new URLSearchParams(location.search).get('proxy');
const same = (bytes) => bytes;
const describe = (name, type) =>
  new MethodDescriptor(`/bookstore.Bookstore/${name}`, type, Uint8Array, Uint8Array, same, same);
const hex = (bytes) => Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');

function unary(client, name, request, metadata = {}) {
  return new Promise((resolve) => {
    const call = client.rpcCall(
      `${proxy}/bookstore.Bookstore/${name}`,
      request,
      metadata,
      describe(name, MethodType.UNARY),
      (error, answer) => {
        if (error) resolve({ code: error.code, message: error.message, metadata: error.metadata });
        else setTimeout(() => resolve({ answer: hex(answer), trailer }), 0);
      },
    );
    let trailer = null;
    call.on('status', (status) => {
      trailer = status.metadata?.['x-trailer'] ?? null;
    });
  });
}

function stream(client, name, request) {
  return new Promise((resolve) => {
    const messages = [];
    const call = client.serverStreaming(
      `${proxy}/bookstore.Bookstore/${name}`,
      request,
      {},
      describe(name, MethodType.SERVER_STREAMING),
    );
    call.on('data', (message) => messages.push(hex(message)));
    call.on('error', (error) => resolve({ messages, code: error.code, message: error.message }));
    call.on('end', () => resolve({ messages }));
  });
}

async function json(path, options) {
  try {
    const response = await fetch(proxy + path, options);
    return { status: response.status, told: response.headers.get('x-told'), body: await response.text() };
  } catch (error) {
    return { error: String(error) };
  }
}

async function all() {
  const text = new GrpcWebClientBase({ format: 'text' });
  const binary = new GrpcWebClientBase({ format: 'binary' });
  const shelf = Uint8Array.of(8, 7);
  const own = { 'x-own': 'from the page' };
  const put = { method: 'POST', headers: { 'content-type': 'application/json', 'x-own': 'j' }, body: '{"theme": "é"}' };
  return {
    text: await unary(text, 'GetShelf', shelf, own),
    binary: await unary(binary, 'GetShelf', shelf, own),
    fails: await unary(text, 'GetShelf', Uint8Array.of(8, 0)),
    stream: await stream(text, 'ListBooks', shelf),
    get: await json('/shelves/7', { headers: { 'x-own': 'g' } }),
    put: await json('/shelf', put),
    missing: await json('/shelves/0'),
    refused: await json('/closed/x', put),
  };
}

all()
  .catch((error) => ({ thrown: String(error.stack ?? error) }))
  .then((outcome) => fetch('/outcome', { method: 'POST', body: JSON.stringify(outcome) }));
