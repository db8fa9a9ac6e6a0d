/** Puts the drawing page on the page. */

import { render } from "preact";

import { App } from "./page";

const place = document.getElementById("zones");
if (place !== null) render(<App />, place);
