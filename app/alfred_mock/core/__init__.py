"""The parts that know nothing of Alfred: settings, clock, ids, errors, bodies and answers."""
