"""Compares this double with the real Alfred, and says what each of its behaviours rests on."""
