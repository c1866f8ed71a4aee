// Passkeys, and the tree of departments moved by mouse. Both pages work without: a password, and a menu.
const toBytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const toText = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

function decoded(options) {
  const key = { ...options.publicKey, challenge: toBytes(options.publicKey.challenge) };
  if (key.user) key.user = { ...key.user, id: toBytes(key.user.id) };
  for (const name of ["excludeCredentials", "allowCredentials"]) {
    if (key[name]) key[name] = key[name].map((item) => ({ ...item, id: toBytes(item.id) }));
  }
  return { publicKey: key };
}

function encoded(credential) {
  const answer = credential.response;
  const response = { clientDataJSON: toText(answer.clientDataJSON) };
  if (answer.attestationObject) {
    response.attestationObject = toText(answer.attestationObject);
    response.transports = answer.getTransports ? answer.getTransports() : [];
  } else {
    response.authenticatorData = toText(answer.authenticatorData);
    response.signature = toText(answer.signature);
    response.userHandle = answer.userHandle ? toText(answer.userHandle) : null;
  }
  return JSON.stringify({
    id: credential.id,
    rawId: toText(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment || undefined,
    clientExtensionResults: credential.getClientExtensionResults(),
    response,
  });
}

window.Alpine.data("passkey", () => ({
  problem: "",
  possible: "PublicKeyCredential" in window,
  given(name) {
    return JSON.parse(document.getElementById("passkey-options").textContent)[name];
  },
  async attempt(work) {
    this.problem = "";
    try {
      this.$refs.credential.value = encoded(await work());
      this.$root.submit();
    } catch {
      this.problem = this.$root.dataset.failed;
    }
  },
  signIn() {
    return this.attempt(async () => {
      const answer = await fetch(this.$root.dataset.optionsUrl, { headers: { Accept: "application/json" } });
      return navigator.credentials.get(decoded((await answer.json()).request_options));
    });
  },
  authenticate() {
    return this.attempt(() => navigator.credentials.get(decoded(this.given("request_options"))));
  },
  register() {
    const options = this.given("creation_options");
    const chosen = this.$root.querySelector("[name=passwordless]");
    if (chosen) {
      const alone = chosen.checked;
      Object.assign(options.publicKey.authenticatorSelection, {
        residentKey: alone ? "required" : "discouraged",
        requireResidentKey: alone,
        ...(alone ? { userVerification: "required" } : {}),
      });
    }
    return this.attempt(() => navigator.credentials.create(decoded(options)));
  },
}));

window.Alpine.data("departmentTree", () => ({
  dragged: "",
  init() {
    this.$root.addEventListener("dragstart", (event) => {
      const row = event.target.closest("[data-department]");
      if (!row) return;
      this.dragged = row.dataset.department;
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", this.dragged);
    });
    this.$root.addEventListener("dragover", (event) => {
      if (this.target(event)) event.preventDefault();
    });
    this.$root.addEventListener("drop", (event) => {
      const row = this.target(event);
      if (!row) return;
      event.preventDefault();
      const form = this.$root.querySelector(`[data-move="${this.dragged}"]`);
      form.elements.parent.value = row.dataset.department;
      form.requestSubmit();
    });
  },
  target(event) {
    const row = event.target.closest("[data-department]");
    if (!row || !this.dragged || row.dataset.department === this.dragged) return null;
    const branch = this.$root.querySelector(`[data-branch="${this.dragged}"]`);
    return branch && branch.contains(row) ? null : row;
  },
}));
