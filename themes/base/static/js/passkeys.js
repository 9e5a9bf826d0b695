// Passkeys: forms carry what the browser needs (data-passkey asks, data-passkey-new makes one) and take its answer.
(() => {
  "use strict";
  if (!window.PublicKeyCredential || !navigator.credentials) return;

  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const ids = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));

  const made = async (ask) => {
    const publicKey = { ...ask, challenge: bytes(ask.challenge), excludeCredentials: ids(ask.excludeCredentials) };
    publicKey.user = { ...ask.user, id: bytes(ask.user.id) };
    return navigator.credentials.create({ publicKey });
  };
  const shown = async (ask) => {
    const publicKey = { ...ask, challenge: bytes(ask.challenge), allowCredentials: ids(ask.allowCredentials) };
    return navigator.credentials.get({ publicKey });
  };
  const written = (credential) => {
    const response = {};
    for (const part of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (credential.response[part]) response[part] = text(credential.response[part]);
    }
    return JSON.stringify({
      id: credential.id, rawId: text(credential.rawId), type: credential.type, response, clientExtensionResults: {},
    });
  };

  for (const part of document.querySelectorAll("[data-needs-passkey]")) part.hidden = false;
  for (const part of document.querySelectorAll("[data-no-passkey]")) part.hidden = true;
  for (const form of document.querySelectorAll("form[data-passkey], form[data-passkey-new]")) {
    const asks = form.dataset.passkey;
    const answer = form.querySelector('input[type="hidden"][name$="answer"]');
    const problem = form.querySelector(".error[role=alert]");
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      if (answer.value) return;
      event.preventDefault();
      problem.hidden = true;
      try {
        const credential = await (asks ? shown(JSON.parse(asks)) : made(JSON.parse(form.dataset.passkeyNew)));
        answer.value = written(credential);
        form.submit();
      } catch {
        problem.textContent = form.dataset.failed;
        problem.hidden = false;
        for (const button of form.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
      }
    });
  }
})();
