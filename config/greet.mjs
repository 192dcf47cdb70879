// A gRPC call with nothing but Node: `node config/greet.mjs [host:port] [name]` calls demo.Greeter/SayHello of `npm start`.
import { connect } from 'node:http2';

const [address = '127.0.0.1:10000', name = 'world'] = process.argv.slice(2);

// HelloRequest { string name = 1; } behind gRPC's five bytes: not compressed, length.
const text = Buffer.from(name.slice(0, 100));
const message = Buffer.concat([Buffer.from([0x0a, text.length]), text]);
const frame = Buffer.concat([Buffer.from([0, 0, 0, 0, message.length]), message]);

const session = connect(`http://${address}`);
session.on('error', fail);
const call = session.request({
  ':method': 'POST',
  ':path': '/demo.Greeter/SayHello',
  'content-type': 'application/grpc',
  te: 'trailers',
});
call.on('error', fail);
call.end(frame);

const chunks = [];
call.on('data', (chunk) => chunks.push(chunk));
let status = {};
call.on('response', (headers) => (status = headers));
call.on('trailers', (trailers) => (status = trailers));
call.on('end', () => {
  session.close();
  if (status['grpc-status'] !== '0')
    return fail(new Error(`grpc-status ${status['grpc-status']}: ${status['grpc-message']}`));
  console.log(Buffer.concat(chunks).subarray(7).toString());
});

function fail(error) {
  console.error(error.message);
  process.exitCode = 1;
  session.destroy();
}
