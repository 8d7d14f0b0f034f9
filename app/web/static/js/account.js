// One's own account, and the sign-in page: forms that ask a passkey.
import { passkeyForms } from "./passkey.js";

passkeyForms();
