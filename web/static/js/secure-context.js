/** The page that tells why there is no camera: it says which of the two this browser is. */
import { byId } from "./elements.js";

byId(globalThis.isSecureContext ? "secure" : "insecure", HTMLElement).hidden = false;
byId("address", HTMLElement).textContent = location.origin;
