/** Puts the wall on the page. */

import { render } from "preact";

import { App } from "./wall";

const place = document.getElementById("wall");
if (place !== null) render(<App />, place);
