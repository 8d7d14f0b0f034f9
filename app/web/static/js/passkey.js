// A page that asks the person's passkey: what to ask comes from the server, the answer goes into the form's `assertion`.

const LIMIT = 10000; // ms until the server has said what to ask

const fromText = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
const toText = (raw) =>
  btoa(Array.from(new Uint8Array(raw), (octet) => String.fromCharCode(octet)).join(""))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");

const WHY = {
  NotAllowedError: "The passkey was not used, or it did not recognise you. Nothing was changed. Try again.",
  InvalidStateError: "This passkey is registered already.",
  SecurityError: "Passkeys cannot be used at this address.",
  AbortError: "The passkey was not used. Nothing was changed. Try again.",
};

function say(form, text) {
  const box = form.querySelector("[data-says]");
  if (!box) return;
  box.querySelector("div").textContent = text;
  box.hidden = text === "";
}

function sent(credential) {
  const { response } = credential;
  const parts = { clientDataJSON: toText(response.clientDataJSON) };
  if (response.attestationObject) parts.attestationObject = toText(response.attestationObject);
  if (response.authenticatorData) parts.authenticatorData = toText(response.authenticatorData);
  if (response.signature) parts.signature = toText(response.signature);
  if (response.userHandle) parts.userHandle = toText(response.userHandle);
  return JSON.stringify({ id: credential.id, rawId: toText(credential.rawId), type: credential.type, response: parts, clientExtensionResults: {} });
}

function asked(options) {
  const publicKey = { ...options, challenge: fromText(options.challenge) };
  for (const name of ["allowCredentials", "excludeCredentials"]) {
    if (publicKey[name]) publicKey[name] = publicKey[name].map((one) => ({ ...one, id: fromText(one.id) }));
  }
  if (publicKey.user) publicKey.user = { ...publicKey.user, id: fromText(publicKey.user.id) };
  return { publicKey };
}

// Fill the form's `assertion`; false, with the reason shown in the form, where the passkey gave none.
export async function answered(form) {
  const buttons = [...form.querySelectorAll("button")];
  for (const button of buttons) button.disabled = true;
  say(form, "");
  try {
    if (!window.PublicKeyCredential) {
      say(form, "This browser knows no passkeys here. Use another one, or the address of vialtrace that begins with https.");
      return false;
    }
    const body = new FormData(form);
    for (const [name, value] of [...body]) if (value instanceof File) body.delete(name); // what is attached goes with the form alone
    const headers = { Accept: "application/json", "X-CSRFToken": body.get("csrf_token") ?? "" };
    const answer = await fetch(form.dataset.passkey, { method: "POST", body, headers, cache: "no-store", signal: AbortSignal.timeout(LIMIT) });
    const door = answer.headers.get("X-Sign-In");
    if (answer.status === 401 && door) {
      window.location.assign(door);
      return false;
    }
    const options = await answer.json();
    if (!answer.ok) {
      say(form, options.says ?? options.error?.says ?? "Nothing was changed. Load the page again.");
      return false;
    }
    const make = options.user !== undefined;
    const credential = await (make ? navigator.credentials.create(asked(options)) : navigator.credentials.get(asked(options)));
    form.elements.assertion.value = sent(credential);
    return true;
  } catch (error) {
    say(form, WHY[error.name] ?? "The server does not answer, or the passkey failed. Nothing was changed. Try again.");
    return false;
  } finally {
    for (const button of buttons) button.disabled = false;
  }
}

export function passkeyForms() {
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.addEventListener("submit", async (event) => {
      if (form.elements.assertion.value) return;
      event.preventDefault();
      if (await answered(form)) form.requestSubmit();
    });
  }
}
