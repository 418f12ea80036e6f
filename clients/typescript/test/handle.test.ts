// What one server can serve: starting one takes longer than all of these tests.

import "./company.js";
import "./scope.js";
