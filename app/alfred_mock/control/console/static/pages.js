"use strict";
// What the pages beside the requests need and htmx does not do by itself.
