"""Events as a tester sees, awaits and causes them."""
