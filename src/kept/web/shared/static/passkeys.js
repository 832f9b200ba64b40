// Forms marked data-passkey ask the browser for a passkey and send what it gives: make one, show one, or sign in with one.
(() => {
  const fromText = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0)).buffer;
  const toText = (buffer) => {
    if (!buffer) return null;
    let text = "";
    for (const byte of new Uint8Array(buffer)) text += String.fromCharCode(byte);
    return btoa(text).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  };
  const listed = (list) => (list || []).map((one) => ({ ...one, id: fromText(one.id) }));
  const written = () => JSON.parse(document.getElementById("passkey-options").textContent);

  async function make(form) {
    const asked = written().creation_options.publicKey;
    const alone = form.elements.passwordless ? form.elements.passwordless.checked : true;
    const made = await navigator.credentials.create({ publicKey: {
      ...asked,
      challenge: fromText(asked.challenge),
      user: { ...asked.user, id: fromText(asked.user.id) },
      excludeCredentials: listed(asked.excludeCredentials),
      authenticatorSelection: {
        ...asked.authenticatorSelection,
        residentKey: alone ? "required" : "discouraged",
        requireResidentKey: alone,
        userVerification: alone ? "required" : "preferred",
      },
    } });
    return {
      id: made.id, rawId: toText(made.rawId), type: made.type,
      authenticatorAttachment: made.authenticatorAttachment,
      clientExtensionResults: made.getClientExtensionResults(),
      response: {
        clientDataJSON: toText(made.response.clientDataJSON),
        attestationObject: toText(made.response.attestationObject),
        transports: made.response.getTransports ? made.response.getTransports() : [],
      },
    };
  }

  async function show(options) {
    const asked = options.request_options.publicKey;
    const shown = await navigator.credentials.get({ publicKey: {
      ...asked, challenge: fromText(asked.challenge), allowCredentials: listed(asked.allowCredentials),
    } });
    return {
      id: shown.id, rawId: toText(shown.rawId), type: shown.type,
      authenticatorAttachment: shown.authenticatorAttachment,
      clientExtensionResults: shown.getClientExtensionResults(),
      response: {
        clientDataJSON: toText(shown.response.clientDataJSON),
        authenticatorData: toText(shown.response.authenticatorData),
        signature: toText(shown.response.signature),
        userHandle: toText(shown.response.userHandle),
      },
    };
  }

  async function asked(form) {
    if (form.dataset.passkey === "make") return make(form);
    if (form.dataset.passkey === "show") return show(written());
    const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error("no options");
    return show(await answer.json());
  }

  if (!window.PublicKeyCredential) return;
  for (const hint of document.querySelectorAll("[data-passkey-none]")) hint.hidden = true;
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const refused = form.querySelector("[data-passkey-refused]");
      refused.hidden = true;
      try {
        form.elements.credential.value = JSON.stringify(await asked(form));
        form.submit();
      } catch {
        refused.hidden = false;
      }
    });
  }
})();
