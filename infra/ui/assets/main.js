// First in the bundle: the libraries, reachable for every part of the house, and the kit's own behaviour.
import Alpine from "@alpinejs/csp";
import htmx from "htmx.org";

window.Alpine = Alpine;
window.htmx = htmx;

import "./parts/index.js";
