// Emergency access asks for the PIN of whoever is signed in.

import { keys } from "./badge.js";

keys(document.getElementById("urgent"), document.getElementById("pin"));
