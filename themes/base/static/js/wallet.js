// Pays, or takes money back, with a wallet in the browser (EIP-6963, else EIP-1193). The server prepares every
// transaction; this script shows each before the wallet does, sends it, and reports the hash as a hint.
let box = null;
const word = (name, values = {}) => Object.entries(values).reduce(
  (text, [key, value]) => text.replace(`{${key}}`, value),
  box.querySelector('template[data-words]').content.querySelector(`[data-word="${name}"]`).textContent);
const wallets = new Map();

function offer(uuid, name, provider) {
  if (wallets.has(uuid) || [...wallets.values()].includes(provider)) return;
  wallets.set(uuid, provider);
  const button = document.createElement('button');
  button.type = 'button';
  button.className = wallets.size === 1 ? 'btn' : 'btn quiet';
  button.textContent = word('choose', {name});
  button.addEventListener('click', () => run(provider, button));
  box.querySelector('[data-wallets]').append(button);
  box.hidden = false;
}

async function run(provider, button) {
  say('');
  fail('');
  box.querySelectorAll('[data-wallets] button').forEach(each => { each.disabled = true; });
  button.setAttribute('aria-busy', 'true');
  try {
    say(word('waiting'));
    const [address] = await provider.request({method: 'eth_requestAccounts'});
    if (box.dataset.challenge) return await prove(provider, address);
    const {transactions, permit} = await post(box.dataset.prepare, {address});
    list(permit ? [permit, transactions.at(-1)] : transactions);
    await onChain(provider, transactions[0].chainId);
    const {paying, next} = permit ? await permitted(provider, address, permit) : {};
    if (next) {
      say(word('done'));
      return location.assign(next);
    }
    if (permit && !paying) list(transactions);
    const steps = paying ? [null, ...paying] : transactions;
    let hash;
    for (const [place, step] of steps.entries()) if (step) hash = await send(provider, address, step, place, steps.length);
    say(word('done'));
    const answer = box.dataset.sent ? await post(box.dataset.sent, {hash}) : {next: location.href};
    location.assign(answer.next);
  } catch (error) {
    say('');
    fail(explain(error));
  } finally {
    button.removeAttribute('aria-busy');
    box.querySelectorAll('[data-wallets] button').forEach(each => { each.disabled = false; });
  }
}

// Shows that the address is the visitor's: the server wrote the message, the wallet signs it as it is.
async function prove(provider, address) {
  const {message, answer} = await post(box.dataset.challenge, {address, next: box.dataset.next});
  say(word('sign'));
  const bytes = Array.from(new TextEncoder().encode(message), byte => byte.toString(16).padStart(2, '0'));
  const signature = await provider.request({method: 'personal_sign', params: [`0x${bytes.join('')}`, address]});
  say(word('done'));
  location.assign((await post(answer, {signature, message})).next);
}

// Signs an approval instead of sending one, and gets the deposit that carries it: to be sent (`paying`), or signed too
// where the platform pays the fee and sends it (`next`). Nothing where this wallet can't: it pays in two transactions.
async function permitted(provider, from, permit) {
  let paying;
  try {
    const signed = await signature(provider, from, permit, 0);
    const {transactions, request} = await post(permit.finish, signed);
    mark(0, 'done', word('agreed'));
    paying = transactions;
    if (!request || !box.querySelector('[data-free]')?.checked) return {paying};
    list([permit, request]);
    mark(0, 'done', word('agreed'));
    const both = Object.fromEntries(Object.entries(signed).map(([name, value]) => [`permit-${name}`, value]));
    return await post(request.finish, {...both, ...await signature(provider, from, request, 1)});
  } catch (error) {
    if (error.code === 4001 || error.code === -32002) throw error;
    if (!paying) return {};
    list([permit, ...paying]);
    mark(0, 'done', word('agreed'));
    fail(word('notfree'));
    return {paying};
  }
}

async function signature(provider, from, {typedData, nonce: {to, data}}, place) {
  mark(place, 'now', word('sign'));
  const nonce = BigInt(await provider.request({method: 'eth_call', params: [{to, data}, 'latest']})).toString();
  const {deadline} = Object.assign(typedData.message, {nonce});
  const params = [from, JSON.stringify(typedData)];
  return {nonce, deadline, signature: await provider.request({method: 'eth_signTypedData_v4', params})};
}

async function send(provider, from, transaction, place, count) {
  mark(place, 'now', word('sign'));
  const {to, data, value} = transaction;
  const hash = await provider.request({method: 'eth_sendTransaction', params: [{from, to, data, value}]});
  // The deposit needs the approval before it in a block; the last one needs nobody to wait for it here.
  if (place < count - 1) await mined(provider, hash, place);
  mark(place, 'done', word('signed'));
  return hash;
}

async function mined(provider, hash, place) {
  mark(place, 'now', word('mining'));
  for (;;) {
    const receipt = await provider.request({method: 'eth_getTransactionReceipt', params: [hash]});
    if (receipt && receipt.status !== '0x1') throw Object.assign(new Error('reverted'), {portico: 'failed'});
    if (receipt) return;
    await new Promise(resolve => { setTimeout(resolve, 1000); });
  }
}

async function onChain(provider, number) {
  const chainId = `0x${number.toString(16)}`;
  if (Number(await provider.request({method: 'eth_chainId'})) === number) return;
  try {
    await provider.request({method: 'wallet_switchEthereumChain', params: [{chainId}]});
  } catch (error) {
    const unknown = error.code === 4902 || error.data?.originalError?.code === 4902;
    if (!unknown || !box.dataset.local) throw Object.assign(error, {portico: error.code === 4001 ? 'rejected' : 'chain'});
    await provider.request({method: 'wallet_addEthereumChain', params: [{
      chainId, chainName: word('network'), rpcUrls: [box.dataset.rpc || 'http://127.0.0.1:8545'],
      nativeCurrency: {name: 'Ether', symbol: 'ETH', decimals: 18},
    }]});
  }
  if (Number(await provider.request({method: 'eth_chainId'})) !== number) throw Object.assign(new Error('chain'), {portico: 'chain'});
}

async function post(url, body) {
  const answer = await fetch(url, {
    method: 'POST', credentials: 'same-origin', body: JSON.stringify(body),
    headers: {'Content-Type': 'application/json', 'Accept': 'application/json', 'X-CSRFToken': box.dataset.token},
  });
  const json = answer.headers.get('Content-Type')?.includes('json') ? await answer.json() : {};
  if (!answer.ok) throw Object.assign(new Error(json.detail || answer.status), {portico: json.detail ? 'told' : 'server'});
  return json;
}

function list(transactions) {
  const steps = box.querySelector('[data-signatures]');
  steps.replaceChildren(...transactions.map(({summary}) => {
    const step = document.createElement('li');
    step.className = 'next';
    step.append(Object.assign(document.createElement('h3'), {textContent: summary}), Object.assign(document.createElement('span'), {className: 'when'}));
    return step;
  }));
  steps.hidden = false;
}

function mark(place, state, text) {
  const step = box.querySelector('[data-signatures]').children[place];
  step.className = state;
  step.lastChild.textContent = text;
  say(text);
}

function say(text) { box.querySelector('[data-status]').textContent = text; }

function fail(text) {
  const panel = box.querySelector('[data-error]');
  panel.textContent = text;
  panel.hidden = !text;
}

function explain(error) {
  const text = String(error.data?.message || error.message || error);
  if (error.portico === 'told') return text;
  if (error.portico) return word(error.portico);
  if (error.code === 4001) return word('rejected');
  if (error.code === -32002) return word('pending');
  if (/insufficient (funds|balance)|exceeds balance/i.test(text)) return word('funds');
  if (/revert/i.test(text)) return word('failed');
  return word('unknown', {text});
}

const fallback = () => { if (box && window.ethereum && !wallets.size) offer('injected', 'wallet', window.ethereum); };

// The page may replace itself while one looks at it: each new box asks the wallets to announce themselves again.
function begin() {
  const found = document.querySelector('[data-wallet]');
  if (!found || found === box) return;
  box = found;
  wallets.clear();
  dispatchEvent(new Event('eip6963:requestProvider'));
  setTimeout(fallback, 300);
}

addEventListener('eip6963:announceProvider', event => { if (box) offer(event.detail.info.uuid, event.detail.info.name, event.detail.provider); });
addEventListener('ethereum#initialized', fallback, {once: true});
document.addEventListener('htmx:after:settle', begin);
begin();
