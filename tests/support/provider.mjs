// A real OpenID Connect provider for tests: prints its address, does what lines of input say, ends with them.
import { createInterface } from 'node:readline';
import { OAuth2Server } from 'oauth2-mock-server';

const server = new OAuth2Server();
await server.issuer.keys.generate('RS256');
await server.start(0, '127.0.0.1');
server.service.on('beforeTokenSigning', token => {
  Object.assign(token.payload, { email: 'alice@example.org', email_verified: true, name: 'Alice', sid: 'theirs' });
});
console.log(server.issuer.url);
for await (const line of createInterface({ input: process.stdin })) {
  const [order, claims] = line.split('\t');
  if (order === 'renew') {
    const [old] = server.issuer.keys.toJSON();
    await server.issuer.keys.generate('RS256');
    server.issuer.keys.get(old.kid); // keys take turns: the old one has just had its own
    console.log('done');
  } else {
    const scopesOrTransform = (header, payload) => {
      header.typ = 'logout+jwt';
      Object.assign(payload, JSON.parse(claims));
    };
    console.log(await server.issuer.buildToken({ scopesOrTransform, expiresIn: 120 }));
  }
}
await server.stop();
