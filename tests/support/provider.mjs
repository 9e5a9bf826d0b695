// A real OpenID Connect provider for tests: prints its address, renews its keys on a line of input, ends with it.
import { createInterface } from 'node:readline';
import { OAuth2Server } from 'oauth2-mock-server';

const server = new OAuth2Server();
await server.issuer.keys.generate('RS256');
await server.start(0, '127.0.0.1');
server.service.on('beforeTokenSigning', token => {
  Object.assign(token.payload, { email: 'alice@example.org', email_verified: true, name: 'Alice' });
});
console.log(server.issuer.url);
for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'renew') {
    const [old] = server.issuer.keys.toJSON();
    await server.issuer.keys.generate('RS256');
    server.issuer.keys.get(old.kid); // keys take turns: the old one has just had its own
  }
  console.log('done');
}
await server.stop();
