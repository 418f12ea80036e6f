// Gives json-server the two answers of Alfred: its own POST would store and return the body as sent.
const { randomUUID } = require("node:crypto");

module.exports = (req, res, next) => {
  if (req.method === "POST") {
    const now = new Date().toISOString().slice(0, -1);
    req.body = {
      id: randomUUID(),
      creation_date: now,
      update_date: now,
      status: "open",
      user_name: "API Key 1",
      company_id: "286e2ed0-3626-4faa-a745-8ebf3488fbd7",
      job_id: null,
    };
    req._body = true; // tells body-parser that there is nothing left to read
    const send = res.jsonp.bind(res);
    res.jsonp = (session) => {
      res.status(200);
      send({ session_id: session.id });
    };
  }
  next();
};
